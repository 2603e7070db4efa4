import { featuresTopic } from '@fraudflow/contracts';
import { asError, failedPrecondition } from '@fraudflow/core';
import type {
  BatchControl,
  BatchOutcome,
  BusConsumer,
  BusConsumerHandlers,
  EventBus,
  OffsetRange,
  RawBatch,
  RawRecord,
  TopicPartition,
} from '@fraudflow/messaging';
import { streams } from '../../streams.js';
import { MAX_BYTES_PER_PARTITION } from '../../stream/records/fetch-size.js';
import type { OfflineSink } from './offline-sink.js';
import type { FeatureRow, LabelRow, OfflineStore } from './offline-store.port.js';
import { toFeatureRow, toLabelRow } from './sink-rows.js';

/**
 * Lets a fetch collect more rows, because the offline store is not latency-critical. It is short, because processing a
 * large fetch delays the stages.
 */
const LINGER_MS = 50;

/** Events of the consumer, for metrics and logs. */
export interface SinkConsumerEvents {
  /** A record cannot be read, because of a bug or a foreign producer. It is skipped. */
  unreadable(topic: string, partition: number, offset: number, error: Error): void;
  /** Rows were accepted by the sink, with the time each was appended to the log, ms. */
  taken(rows: readonly FeatureRow[], appendedAtMs: readonly number[]): void;
  /** The log deleted records of [from, to) before they were read; the offline store does not have their rows. */
  lostToRetention(target: TopicPartition, from: number, to: number): void;
}

/**
 * Loads the offline store: rows from `features`, and labels from `features.by-terminal`, which orders them with the
 * transactions of their terminal. Start offsets come from the store, because it commits rows and offsets in one
 * transaction; the consumer group only assigns partitions.
 */
export class SinkConsumer implements BusConsumerHandlers {
  private readonly consumer: BusConsumer;

  constructor(
    private readonly bus: EventBus,
    private readonly sink: OfflineSink,
    private readonly store: OfflineStore,
    private readonly events: SinkConsumerEvents,
  ) {
    const { group: groupId, topics: inputs } = streams.readers.sink;
    const topics = inputs.map(({ name }) => name);
    const limits = { maxWaitMs: 1_000, lingerMs: LINGER_MS, maxBytesPerPartition: MAX_BYTES_PER_PARTITION };
    this.consumer = bus.consumer({ groupId, topics, ...limits }, this);
  }

  start(): Promise<void> {
    return this.consumer.start();
  }

  async stop(): Promise<void> {
    await this.consumer.stop();
    await this.sink.stop();
  }

  async assigned(target: TopicPartition): Promise<number> {
    this.sink.forget(target);
    return this.startOffsetOf(target);
  }

  revoked(target: TopicPartition): void {
    this.sink.forget(target);
  }

  async batch(batch: RawBatch, { signal }: Pick<BatchControl, 'signal'>): Promise<BatchOutcome> {
    const { topic, partition, fetchOffset, nextOffset } = batch;
    const features: FeatureRow[] = [];
    const labels: LabelRow[] = [];
    const appendedAtMs: number[] = [];
    for (const record of batch.records) {
      this.decode(batch, record, features, labels);
      if (features.length > appendedAtMs.length) appendedAtMs.push(record.appendedAtMs);
    }
    if ((batch.records[0]?.offset ?? fetchOffset) > fetchOffset) await this.reportGap(batch);
    const move = { topic, partition, from: fetchOffset, next: nextOffset };
    const acceptance = await this.sink.accept(move, features, labels, signal);
    if (acceptance === 'full') return { nextOffset: fetchOffset };
    if (acceptance === 'taken') this.events.taken(features, appendedAtMs);
    return { nextOffset: acceptance === 'taken' ? nextOffset : await this.startOffsetOf(batch) };
  }

  /**
   * The stored offset, advanced to the start of the log if the log has deleted the records between; they would never
   * arrive.
   */
  private async startOffsetOf({ topic, partition }: TopicPartition): Promise<number> {
    const stored = await this.store.nextOffset(topic, partition);
    const range = await this.rangeOf({ topic, partition });
    if (stored > range.end) {
      throw failedPrecondition(
        `the offline store has ${topic}:${partition} up to offset ${stored}, but the log ends at ${range.end}. If the topic was recreated, ` +
          'delete its rows in offline.sink_offsets.',
        { code: 'STATE_AHEAD_OF_LOG' },
      );
    }
    if (stored >= range.start) return stored;
    await this.store.load([{ move: { topic, partition, from: stored, next: range.start }, features: [], labels: [] }]);
    // A partition that was never read may start at any offset; only records after a stored offset can be lost.
    if (stored > 0) this.events.lostToRetention({ topic, partition }, stored, range.start);
    return range.start;
  }

  /** Offsets without records are usually control records; if the log starts later than the fetch, records were lost. */
  private async reportGap(batch: RawBatch): Promise<void> {
    const { start } = await this.rangeOf(batch);
    if (start > batch.fetchOffset) this.events.lostToRetention(batch, batch.fetchOffset, start);
  }

  private rangeOf({ topic, partition }: TopicPartition): Promise<OffsetRange> {
    return this.bus.admin.offsetRange({ topic, partition });
  }

  private decode(
    { topic, partition }: TopicPartition,
    record: RawRecord,
    features: FeatureRow[],
    labels: LabelRow[],
  ): void {
    try {
      if (topic === featuresTopic.name) {
        features.push(toFeatureRow(record));
        return;
      }
      const label = toLabelRow(record, partition);
      if (label !== undefined) labels.push(label);
    } catch (thrown) {
      this.events.unreadable(topic, partition, record.offset, asError(thrown));
    }
  }
}
