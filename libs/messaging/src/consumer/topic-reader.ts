import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BusAdmin } from '../port/bus.js';
import { partitionName, type RawRecord, type TopicPartition } from '../port/record.js';
import type { BatchContext } from './batch-handler.js';
import { DecodedRecord } from './decoded-record.js';
import { classify } from './failure.js';
import type { AnySubscription, Subscription } from './subscription.js';

const DEFAULT_POLL_MS = 500;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export interface TopicReaderOptions {
  readonly admin: BusAdmin;
  readonly logger: Logger;
  /** Its handler is given what comes; as it never commits, it is given all of it again after a restart. */
  readonly subscription: AnySubscription;
  /** Time between two looks at the end of the log, ms. Default 500. */
  readonly pollMs?: number;
}

/**
 * Reads a small topic from its start on, all partitions, in every process that wants it: no consumer group, so nothing is left on the broker
 * by a process that ends, and no rights on groups are needed. At least once and in order per partition; a record that cannot be decoded or
 * that the handler cannot bear is logged and left out.
 */
export class TopicReader {
  private readonly subscription: Subscription<unknown>;
  private readonly positions = new Map<string, number>();
  private stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: TopicReaderOptions) {
    this.subscription = options.subscription as unknown as Subscription<unknown>;
  }

  /** Starts to read and returns at once; it survives the loss of brokers. */
  start(): void {
    this.stopping = new AbortController();
    this.running = this.run();
  }

  /** Resolves when no handler runs any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        await this.readOn(signal);
        retryMs = FIRST_RETRY_MS;
        await delay(this.options.pollMs ?? DEFAULT_POLL_MS, signal);
      } catch (thrown) {
        const { topic } = this.subscription;
        this.options.logger.warn({ event: 'topic_reader_waits', topic, retryMs, error: asError(thrown).message });
        await delay(retryMs, signal);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  /** Up to the end as it is now. @throws AppError, also a passing one of the handler: the records come again */
  private async readOn(signal: AbortSignal): Promise<void> {
    const { admin } = this.options;
    const { topic } = this.subscription;
    for (const [partition, range] of (await admin.offsets(topic)).entries()) {
      const target = { topic, partition };
      const known = this.positions.get(partitionName(target)) ?? range.start;
      // Behind the end: the topic was made anew. Before the start: records were deleted.
      let position = known > range.end ? range.start : Math.max(known, range.start);
      while (position < range.end && !signal.aborted) {
        const { records, nextOffset } = await admin.read(target, position);
        await this.handle(target, records, signal);
        if (nextOffset === position) break;
        position = nextOffset;
        this.positions.set(partitionName(target), position);
      }
    }
  }

  private async handle(target: TopicPartition, raws: readonly RawRecord[], signal: AbortSignal): Promise<void> {
    const records = raws.flatMap((raw) => this.decode(target, raw));
    const first = records[0];
    if (!first) return;
    try {
      await this.subscription.driver.handle(records, this.contextOf(records, signal));
    } catch (thrown) {
      if (classify(thrown) !== 'poison') throw thrown;
      if (records.length === 1) return this.reportBad(target, first.raw, thrown);
      for (const record of records) await this.handle(target, [record.raw], signal);
    }
  }

  private decode({ topic, partition }: TopicPartition, raw: RawRecord): DecodedRecord[] {
    if (this.subscription.skipsTombstones && raw.value === null) return [];
    try {
      return [new DecodedRecord(topic, partition, raw, this.subscription.decode(raw))];
    } catch (thrown) {
      this.reportBad({ topic, partition }, raw, thrown);
      return [];
    }
  }

  private contextOf(records: readonly DecodedRecord[], signal: AbortSignal): BatchContext {
    const [{ topic, partition, offset: firstOffset }, last] = [records[0] as DecodedRecord, records.at(-1)];
    const lastOffset = last?.offset ?? firstOffset;
    const own = { groupId: '', epoch: 0, signal, heartbeat: async () => undefined };
    const reject = (record: DecodedRecord, reason: Error): void => this.reportBad(record, record.raw, reason);
    return { topic, partition, firstOffset, lastOffset, ...own, reject };
  }

  private reportBad({ topic, partition }: TopicPartition, { offset }: RawRecord, reason: unknown): void {
    const details = { event: 'bad_record_skipped', topic, partition, offset, reason: asError(reason).message };
    this.options.logger.error(details, 'the record is left out');
  }
}
