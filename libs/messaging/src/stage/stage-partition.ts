import { failedPrecondition } from '@fraudflow/core';
import type { BatchContext } from '../consumer/batch-handler.js';
import type { DecodedRecord } from '../consumer/decoded-record.js';
import { retryPassing, type RetryOptions } from '../consumer/retry.middleware.js';
import type { OutputSink } from './output-sink.js';
import { dropSeen } from './source-marks.js';
import type { StageEffects, StageProcessor } from './stage-definition.js';
import type { StagePartitionId, StageStore } from './stage-store.port.js';

export interface StagePartitionOptions<Input> {
  readonly id: StagePartitionId;
  readonly store: StageStore | undefined;
  readonly sink: OutputSink;
  readonly open: () => StageProcessor<Input>;
  readonly retry: RetryOptions;
  readonly onDuplicates: (count: number) => void;
}

const NO_EFFECTS: StageEffects = { outputs: [] };

/** One owned partition of a stage: its epoch, its place in the log, and the one way from records to durable effects. */
export class StagePartition<Input> {
  epoch = 0;
  /** First offset not handled yet. */
  next = 0;
  /** Another owner was met: nothing may be written any more. */
  fencedAtMs: number | undefined;
  private stored: number | undefined;
  private seen = new Map<string, number>();
  private processor: StageProcessor<Input> | undefined;

  constructor(private readonly options: StagePartitionOptions<Input>) {}

  /**
   * Takes the partition over; returns the stored next offset. Caches survive if nobody else can have written meanwhile: the epoch went up by
   * one, ours, and the stored offset is where we left it.
   */
  async claim(): Promise<number | undefined> {
    const { store, id } = this.options;
    if (!store) {
      this.epoch++;
      this.processor = undefined;
      return undefined;
    }
    const claim = await store.claim(id);
    const undisturbed = claim.epoch === this.epoch + 1 && claim.nextOffset === this.stored;
    if (!undisturbed) this.processor = undefined;
    this.epoch = claim.epoch;
    this.stored = claim.nextOffset;
    this.seen = new Map(claim.seen);
    return claim.nextOffset;
  }

  /** Ends the taking over: work begins at this offset. Until then a fenced partition stays fenced. */
  place(next: number): void {
    this.next = next;
    this.fencedAtMs = undefined;
  }

  /** Records → effects → outputs acknowledged → state and offset committed. On return all of it is durable. */
  async handle(records: readonly DecodedRecord<Input>[], context: BatchContext): Promise<void> {
    this.refuseIfFenced();
    const ahead = records.filter((record) => record.offset >= this.next);
    const last = ahead.at(-1);
    if (!last) return;
    const { records: unseen, seen } = dropSeen(ahead, this.seen);
    if (unseen.length < ahead.length) this.options.onDuplicates(ahead.length - unseen.length);
    const effects = unseen.length === 0 ? NO_EFFECTS : await this.process(unseen, context);
    await this.keepClean(() => this.makeDurable(effects, seen, last.offset + 1, context));
  }

  /** Moves over offsets that left nothing to do: dead letters, tombstones, holes in the log. */
  async skipTo(nextOffset: number, context: BatchContext): Promise<void> {
    this.refuseIfFenced();
    if (nextOffset > this.next)
      await this.keepClean(() => this.makeDurable(NO_EFFECTS, new Map(), nextOffset, context));
  }

  private async process(records: readonly DecodedRecord<Input>[], context: BatchContext): Promise<StageEffects> {
    const { store, id } = this.options;
    this.processor ??= this.options.open();
    const { processor } = this;
    return this.keepClean(() =>
      processor.process(records, {
        ...context,
        epoch: this.epoch,
        read: async (keys) => (store ? store.read(id, keys) : keys.map(() => undefined)),
      }),
    );
  }

  /** The effects are fixed by now: faults repeat the writes, never the computation, so no state is applied twice. */
  private async makeDurable(
    { outputs, writes = new Map() }: StageEffects,
    seen: ReadonlyMap<string, number>,
    next: number,
    context: BatchContext,
  ): Promise<void> {
    const { id, store, sink, retry } = this.options;
    if (outputs.length > 0) await retryPassing(retry, context, () => sink.emit(id.partition, outputs, context));
    if (store) {
      const commit = { id, epoch: this.epoch, expected: this.stored, next, writes, seen };
      const result = await retryPassing(retry, context, () => store.commit(commit));
      if (result !== 'committed') {
        throw failedPrecondition(`stage ${id.stage} has lost partition ${id.partition} (${result})`, {
          code: 'FENCED',
        });
      }
      this.stored = next;
    }
    for (const [source, mark] of seen) this.seen.set(source, mark);
    this.next = next;
  }

  /** After any throw the processor's caches may hold what never became durable: away with it. */
  private async keepClean<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.processor = undefined;
      if ((thrown as { code?: unknown }).code === 'FENCED') this.fencedAtMs = performance.now();
      throw thrown;
    }
  }

  private refuseIfFenced(): void {
    const { id } = this.options;
    if (this.fencedAtMs === undefined) return;
    throw failedPrecondition(`stage ${id.stage} has lost partition ${id.partition}`, { code: 'FENCED' });
  }
}
