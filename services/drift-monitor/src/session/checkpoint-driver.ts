import type {
  BatchContext,
  BatchControl,
  BusAdmin,
  DecodedRecord,
  RawBatch,
  TopicPartition,
} from '@fraudflow/messaging';
import type { MonitorInput } from '../counting/input-positions.js';
import type { MonitorState } from '../deciding/monitor-state.js';

const WAIT_MS = 100;
const COMMIT_EVERY_MS = 1_000;

/**
 * The input partitions that are assigned to this instance. The watermark is valid only over all partitions, so no batch
 * is processed while a rebalance has assigned some of them to another instance.
 */
export class AssignedPartitions {
  readonly #assigned = new Set<string>();

  constructor(private readonly expected: number) {}

  get isComplete(): boolean {
    return this.#assigned.size >= this.expected;
  }

  add({ topic, partition }: TopicPartition): void {
    this.#assigned.add(`${topic}:${partition}`);
  }

  remove({ topic, partition }: TopicPartition): void {
    this.#assigned.delete(`${topic}:${partition}`);
  }
}

/** Shared by the readers of all inputs. */
export interface ReaderParts {
  readonly state: MonitorState;
  readonly admin: BusAdmin;
  readonly partitions: AssignedPartitions;
}

/**
 * Reads one input from the positions in the state. The group's offset is committed once per second so that lag can be
 * measured; reading never starts from it.
 */
export class CheckpointDriver<Value> {
  #committedAtMs = new Map<number, number>();

  constructor(
    private readonly input: MonitorInput,
    private readonly parts: ReaderParts,
    readonly handle: (records: readonly DecodedRecord<Value>[], context: BatchContext) => Promise<void>,
  ) {}

  async assigned(target: TopicPartition): Promise<number> {
    const range = (await this.parts.admin.offsets(target.topic))[target.partition] ?? { start: 0, end: 0 };
    const stored = this.parts.state.nextOffset(this.input, target.partition) ?? range.start;
    const isInLog = range.start <= stored && stored <= range.end;
    // Retention has deleted the position, or the topic was created again: read from the start of the log.
    if (!isInLog) this.parts.state.resetTo(this.input, target.partition, range.start);
    this.parts.partitions.add(target);
    return isInLog ? stored : range.start;
  }

  revoked(target: TopicPartition): void {
    this.parts.partitions.remove(target);
  }

  async redirect(batch: RawBatch): Promise<{ nextOffset: number; pauseMs: number } | undefined> {
    return this.parts.partitions.isComplete ? undefined : { nextOffset: batch.fetchOffset, pauseMs: WAIT_MS };
  }

  async finish(nextOffset: number, context: BatchContext, control: BatchControl): Promise<void> {
    this.parts.state.moveTo(this.input, context.partition, nextOffset);
    const nowMs = performance.now();
    if (nowMs - (this.#committedAtMs.get(context.partition) ?? -Infinity) < COMMIT_EVERY_MS) return;
    this.#committedAtMs.set(context.partition, nowMs);
    await control.commit(nextOffset);
  }
}
