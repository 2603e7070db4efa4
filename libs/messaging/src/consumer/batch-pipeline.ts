import { asError } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BatchControl } from '../port/bus.js';
import { partitionName, type RawBatch, type RawRecord } from '../port/record.js';
import { compose, type BatchContext, type BatchHandler, type Middleware } from './handling/batch-handler.js';
import { deadLettered } from './handling/dead-letter.middleware.js';
import type { DeadLetter, DeadLetters } from './handling/dead-letters.js';
import { DecodedRecord } from './handling/decoded-record.js';
import type { WatermarkAlignment } from './watermark-alignment.js';
import type { MessagingMetrics } from './handling/messaging-metrics.js';
import { measured } from './handling/metrics.middleware.js';
import type { PartitionDriver } from './partition-driver.js';
import { retried, retryTransient, type RetryOptions, waitAlive } from './handling/retry.middleware.js';
import type { AnySubscription, Subscription } from './subscription.js';
import { traced } from './handling/trace.middleware.js';

export interface BatchPipelineOptions {
  readonly groupId: string;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
  readonly metrics: MessagingMetrics | undefined;
  readonly merge: WatermarkAlignment | undefined;
  /** Looks up the ends of the logs that the merge has to know. Never throws. */
  checkEnds(): Promise<void>;
  /** Most records of the next call. */
  maxBatchRecords(): number;
  readonly retry: Pick<RetryOptions, 'firstBackoffMs' | 'lastBackoffMs'>;
  /** True while no records are to be passed to handlers. */
  isPaused(): boolean;
}

const HELD_BACK_MS = 10;
/**
 * Time after which a batch that the merge holds back is dropped and fetched again later, so that pauses and seeks take
 * effect, ms.
 */
const MAX_HOLD_MS = 1_000;

/** The result of decoding a raw record; undefined for a tombstone that is skipped. */
type Slot = DecodedRecord | DeadLetter | undefined;

/** Decodes a fetched batch of one topic and passes it to the handler in pieces. */
export class BatchPipeline {
  readonly driver: PartitionDriver<unknown>;
  private readonly subscription: Subscription<unknown>;
  private readonly handle: BatchHandler;
  private readonly retry: RetryOptions;

  constructor(
    subscription: AnySubscription,
    private readonly options: BatchPipelineOptions,
  ) {
    this.subscription = subscription as unknown as Subscription<unknown>;
    this.driver = this.subscription.driver;
    this.retry = { ...options.retry, logger: options.logger, metrics: options.metrics };
    const middlewares: Middleware[] = [retried(this.retry), deadLettered(options.deadLetters), retried(this.retry)];
    if (this.subscription.traced) middlewares.unshift(traced);
    if (options.metrics) middlewares.unshift(measured(options.metrics));
    this.handle = compose(middlewares, this.driver.handle);
  }

  /**
   * Returns the next offset to read: the batch's end, or less if the merge holds records back for long, the runtime is
   * paused, or the partition is being revoked. Records that the merge holds back stay decoded in memory for a while,
   * because repeated fetching and decoding would slow down the catch-up.
   */
  async run(batch: RawBatch, control: BatchControl): Promise<number> {
    const slots = batch.records.map((raw) => this.decode(batch, raw));
    const timesMs = this.options.merge ? slots.map((slot) => this.timeOf(slot)) : [];
    this.options.merge?.fetched(partitionName(batch), timesMs);
    const holdUntilMs = performance.now() + MAX_HOLD_MS;
    let nextOffset = batch.fetchOffset;
    for (let done = 0; done < slots.length && !control.signal.aborted;) {
      const allowed = done + (await this.mergeLimit(batch, slots.length - done, timesMs.slice(done)));
      if (allowed === done) {
        if (performance.now() > holdUntilMs || this.options.isPaused()) break;
        await waitAlive(HELD_BACK_MS, control);
        continue;
      }
      nextOffset = await this.runPieces(batch, slots, [done, allowed], control);
      done = allowed;
    }
    this.reportToMerge(batch, slots, nextOffset);
    return nextOffset;
  }

  private async runPieces(
    batch: RawBatch,
    slots: readonly Slot[],
    [first, allowed]: readonly [number, number],
    control: BatchControl,
  ): Promise<number> {
    const maxBatchRecords = this.options.maxBatchRecords();
    let nextOffset = batch.records[first]?.offset ?? batch.fetchOffset;
    for (let from = first; from < allowed && !control.signal.aborted; from += maxBatchRecords) {
      const until = Math.min(from + maxBatchRecords, allowed);
      nextOffset = batch.records[until]?.offset ?? batch.nextOffset;
      await this.runPiece(
        this.contextOf(batch, from, until - 1, control),
        slots.slice(from, until),
        nextOffset,
        control,
      );
      if (until < slots.length) await control.heartbeat();
    }
    return nextOffset;
  }

  private async runPiece(
    context: BatchContext,
    slots: readonly Slot[],
    nextOffset: number,
    control: BatchControl,
  ): Promise<void> {
    const letters: DeadLetter[] = [];
    const records: DecodedRecord[] = [];
    for (const slot of slots) {
      if (slot instanceof DecodedRecord) records.push(slot);
      else if (slot) letters.push(slot);
    }
    if (letters.length > 0) await retryTransient(this.retry, context, () => this.options.deadLetters.write(letters));
    if (records.length > 0) await this.handle(records, context);
    await retryTransient(this.retry, context, () => this.driver.finish(nextOffset, context, control));
  }

  private decode(origin: RawBatch, raw: RawRecord): Slot {
    const { topic, partition } = origin;
    if (this.subscription.skipsTombstones && raw.value === null) return undefined;
    const reason = raw.unreadableBecause;
    if (reason !== undefined) return { origin: { topic, partition }, raw, reason, attempts: 1 };
    try {
      const record = new DecodedRecord(topic, partition, raw, this.subscription.decode(raw));
      record.incarnation = origin.incarnation;
      return record;
    } catch (thrown) {
      return { origin: { topic, partition }, raw, reason: asError(thrown), attempts: 1 };
    }
  }

  /** How many of the remaining records may be handled now. */
  private async mergeLimit(batch: RawBatch, left: number, timesMs: readonly number[]): Promise<number> {
    const { merge } = this.options;
    if (!merge) return left;
    const headMs = timesMs.find((timeMs) => !Number.isNaN(timeMs));
    if (headMs === undefined) return left;
    const partition = partitionName(batch);
    merge.arrive(partition, headMs);
    // All partitions of a fetch arrive in one turn of the event loop, so every head is known in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    const allowed = merge.allowed(partition, timesMs);
    if (allowed === timesMs.length || merge.endsToCheck(partition).length === 0) return allowed;
    await this.options.checkEnds();
    return merge.allowed(partition, timesMs);
  }

  private reportToMerge(batch: RawBatch, slots: readonly Slot[], nextOffset: number): void {
    const { merge } = this.options;
    if (!merge) return;
    if (nextOffset >= batch.highWatermark) {
      return merge.leave(partitionName(batch), this.lastTime(slots), nextOffset);
    }
    const next = batch.records.findIndex(({ offset }) => offset >= nextOffset);
    const headMs = this.timeOf(slots.at(next));
    if (!Number.isNaN(headMs)) merge.arrive(partitionName(batch), headMs);
  }

  private lastTime(slots: readonly Slot[]): number {
    for (let i = slots.length - 1; i >= 0; i--) {
      const timeMs = this.timeOf(slots[i]);
      if (!Number.isNaN(timeMs)) return timeMs;
    }
    return Number.NaN;
  }

  /**
   * Event time of a slot, ms. NaN also for values that violate the topic's contract: the handler rejects them later.
   */
  private timeOf(slot: Slot): number {
    if (!(slot instanceof DecodedRecord)) return Number.NaN;
    try {
      return this.subscription.eventTimeMs(slot);
    } catch {
      return Number.NaN;
    }
  }

  private contextOf(batch: RawBatch, first: number, last: number, control: BatchControl): BatchContext {
    return {
      topic: batch.topic,
      partition: batch.partition,
      groupId: this.options.groupId,
      firstOffset: batch.records[first]?.offset ?? batch.fetchOffset,
      lastOffset: batch.records[last]?.offset ?? batch.fetchOffset,
      epoch: this.driver.epochOf?.(batch) ?? 0,
      signal: control.signal,
      heartbeat: () => control.heartbeat(),
      // The dead-letter middleware replaces this with a function that collects and writes the records.
      reject: () => undefined,
    };
  }
}
