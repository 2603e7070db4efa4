import { assert, failedPrecondition } from '@fraudflow/core';
import { readPartitionEnd } from '../admin/partition-end.js';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import type { EventBus, FencedWriter } from '../port/bus.js';
import { type OutgoingRecord, partitionName, sourceName } from '../port/record.js';
import { encodeEvent } from '../producer/event-encoder.js';
import { withSourceIndexes, type OutputSink } from './output-sink.js';
import { sourceSequence } from './source-marks.js';
import type { StageOutput } from './stage-definition.js';

interface OpenPartition {
  readonly writer: FencedWriter;
  /** Sequence number of the last output on the partition; -1 if none. */
  emitted: number;
}

export interface CoPartitionedSinkOptions {
  readonly bus: EventBus;
  readonly stage: string;
  readonly input: string;
  readonly output: string;
  /** Sink for outputs on other topics, such as dead letters: at least once, written before the outputs on `output`. */
  readonly others: OutputSink;
}

/**
 * Writes the outputs of input partition n to partition n of one topic, each exactly once, also for plain readers: a new
 * owner fences the writes of the previous owner, reads the position that the output has reached, and skips the outputs
 * that are there. Outputs on other topics may repeat after a crash.
 */
export class CoPartitionedSink implements OutputSink {
  private readonly partitions = new Map<number, OpenPartition>();
  /** The input's incarnation of each partition that was opened. */
  private readonly incarnations = new Map<number, string | undefined>();
  /** Upper bounds of the sequence numbers read from the end of the output, by partition. */
  private readonly rewound = new Map<number, number>();
  private checked: Promise<void> | undefined;

  constructor(private readonly options: CoPartitionedSinkOptions) {}

  async open(partition: number, incarnation: string | undefined): Promise<number | undefined> {
    this.incarnations.set(partition, incarnation);
    this.rewound.delete(partition);
    return this.claim(partition);
  }

  rewind(partition: number, offset: number): void {
    const last = sourceSequence({ offset, index: 0 }) - 1;
    this.rewound.set(partition, last);
    const open = this.partitions.get(partition);
    if (open) open.emitted = Math.min(open.emitted, last);
  }

  private async claim(partition: number): Promise<number | undefined> {
    await (this.checked ??= this.checkPartitionCounts());
    const { bus, stage, input, output } = this.options;
    const target = { topic: output, partition };
    this.partitions.delete(partition);
    const writer = await bus.fencedWriter(`${stage}-${output}-${partition}`, target);
    const source = { topic: input, partition };
    const found = await readPartitionEnd(bus.admin, target, source);
    const incarnation = this.incarnations.get(partition);
    const isOfAnother =
      found?.partition !== partitionName(source) && found?.partition !== sourceName(source, incarnation);
    const end = found && isOfAnother && incarnation !== undefined ? undefined : found;
    const emitted = Math.min(end ? sourceSequence(end) : -1, this.rewound.get(partition) ?? Number.POSITIVE_INFINITY);
    this.partitions.set(partition, { writer, emitted });
    return end?.offset;
  }

  async emit(partition: number, outputs: readonly StageOutput[], context: BatchContext): Promise<void> {
    const own = await this.emitOthers(partition, outputs, context);
    const open = this.partitions.get(partition) ?? (await this.reopen(partition, context));
    // Sequence numbers ascend: inputs arrive in order, and so do the outputs of one input.
    const records: OutgoingRecord[] = [];
    let last = open.emitted;
    for (const out of withSourceIndexes(own)) {
      const sequence = sequenceOf(out);
      if (sequence <= open.emitted) continue;
      assert(sequence > last, `the outputs of stage ${this.options.stage} are in the order of their inputs`);
      last = sequence;
      records.push(encodeEvent(out.topic, 1, out, partition));
    }
    if (records.length === 0) return;
    try {
      await open.writer.write(records);
    } catch (thrown) {
      // The number of written records is unknown, so the next attempt reads the output's end.
      this.partitions.delete(partition);
      throw thrown;
    }
    open.emitted = last;
    this.rewound.delete(partition);
  }

  close(partition: number): void {
    this.partitions.delete(partition);
  }

  private async emitOthers(
    partition: number,
    outputs: readonly StageOutput[],
    context: BatchContext,
  ): Promise<readonly StageOutput[]> {
    const { output, others: sink } = this.options;
    const isOwn = ({ topic }: StageOutput): boolean => topic.name === output;
    if (outputs.every(isOwn)) return outputs;
    const others = outputs.filter((out) => !isOwn(out));
    await sink.emit(partition, others, context);
    return outputs.filter(isOwn);
  }

  /** Only while the partition is assigned to us: otherwise we would fence the current owner. */
  private async reopen(partition: number, context: BatchContext): Promise<OpenPartition> {
    await context.heartbeat();
    if (!context.signal.aborted) await this.claim(partition);
    const opened = this.partitions.get(partition);
    if (!opened) throw failedPrecondition(`partition ${partition} is being revoked`, { code: 'FENCED' });
    return opened;
  }

  private async checkPartitionCounts(): Promise<void> {
    const { bus, stage, input, output } = this.options;
    const [from, to] = await Promise.all([bus.admin.partitionCount(input), bus.admin.partitionCount(output)]);
    if (from !== undefined && from === to) return;
    this.checked = undefined;
    throw failedPrecondition(
      `stage ${stage} needs equal partition counts, but ${input} has ${from} and ${output} has ${to}: recreate ${output}`,
      {
        code: 'PARTITION_COUNTS_DIFFER',
      },
    );
  }
}

function sequenceOf(out: StageOutput): number {
  return sourceSequence({ offset: out.from.offset, index: out.sourceIndex ?? 0 });
}
