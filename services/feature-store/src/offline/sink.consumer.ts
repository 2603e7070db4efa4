import { featuresByTerminalTopic, featuresTopic } from '@fraudflow/contracts';
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
import { MAX_BYTES_PER_PARTITION } from '../records/fetch-size.js';
import type { OfflineSink } from './offline-sink.js';
import type { FeatureRow, LabelRow, OfflineStore } from './offline-store.port.js';
import { toFeatureRow, toLabelRow } from './sink-rows.js';

export const SINK_GROUP = 'feature-store.sink';
/** Lets a fetch gather rows: nobody waits for the offline store. Not too many, because the stages wait while a fetch is taken in. */
const LINGER_MS = 50;

export interface SinkConsumerEvents {
  /** A record of our own topics that cannot be read: a bug or a foreign writer. It is left out. */
  unreadable(topic: string, partition: number, offset: number, error: Error): void;
  /** Rows were taken, with the time each was appended to the log, ms. */
  taken(rows: readonly FeatureRow[], appendedAtMs: readonly number[]): void;
  /** The log deleted records of [from, to) before they were read: their rows are missing for good. */
  lostToRetention(target: TopicPartition, from: number, to: number): void;
}

/**
 * Feeds the offline store: rows from `features`, labels from `features.by-terminal`, where they have one order with their terminal's
 * transactions. Where to begin comes from the store itself, because rows and offsets move together there; the group only says
 * who reads what.
 */
export class SinkConsumer implements BusConsumerHandlers {
  private readonly consumer: BusConsumer;

  constructor(
    private readonly bus: EventBus,
    private readonly sink: OfflineSink,
    private readonly store: OfflineStore,
    private readonly events: SinkConsumerEvents,
  ) {
    const topics = [featuresTopic.name, featuresByTerminalTopic.name];
    const limits = { maxWaitMs: 1_000, lingerMs: LINGER_MS, maxBytesPerPartition: MAX_BYTES_PER_PARTITION };
    this.consumer = bus.consumer({ groupId: SINK_GROUP, topics, ...limits }, this);
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
    return this.placeOf(target);
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
    if ((batch.records[0]?.offset ?? fetchOffset) > fetchOffset) await this.noteHole(batch);
    const move = { topic, partition, from: fetchOffset, next: nextOffset };
    const acceptance = await this.sink.accept(move, features, labels, signal);
    if (acceptance === 'full') return { nextOffset: fetchOffset };
    if (acceptance === 'taken') this.events.taken(features, appendedAtMs);
    return { nextOffset: acceptance === 'taken' ? nextOffset : await this.placeOf(batch) };
  }

  /** The stored place, moved on to the log's start if the log no longer has what lies between: else we would wait for it forever. */
  private async placeOf({ topic, partition }: TopicPartition): Promise<number> {
    const stored = await this.store.nextOffset(topic, partition);
    const range = await this.rangeOf({ topic, partition });
    if (stored > range.end) {
      throw failedPrecondition(
        `the offline store has ${topic}:${partition} up to offset ${stored}, but the log ends at ${range.end}. Was the topic made anew? ` +
          'Then delete its rows in offline.sink_offsets.',
        { code: 'STATE_AHEAD_OF_LOG' },
      );
    }
    if (stored >= range.start) return stored;
    await this.store.load([{ move: { topic, partition, from: stored, next: range.start }, features: [], labels: [] }]);
    // A partition nobody has read yet may begin anywhere: only what we were to read can be lost.
    if (stored > 0) this.events.lostToRetention({ topic, partition }, stored, range.start);
    return range.start;
  }

  /** Offsets without records are mostly control records; if the log itself begins later, records were lost. */
  private async noteHole(batch: RawBatch): Promise<void> {
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
