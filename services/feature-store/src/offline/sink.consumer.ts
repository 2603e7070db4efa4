import { featuresTopic, type FeaturesEvent, labelsValidatedTopic, type ValidatedLabel } from '@fraudflow/contracts';
import { asError } from '@fraudflow/core';
import type {
  BatchOutcome,
  BusConsumer,
  BusConsumerHandlers,
  EventBus,
  RawBatch,
  RawRecord,
  TopicPartition,
} from '@fraudflow/messaging';
import type { OfflineSink } from './offline-sink.js';
import type { FeatureRow, LabelRow, OfflineStore } from './offline-store.port.js';
import { toFeatureRow, toLabelRow } from './sink-rows.js';

export const SINK_GROUP = 'feature-store.sink';
/** Lets a fetch gather rows: nobody waits for the offline store. */
const LINGER_MS = 200;

export interface SinkConsumerEvents {
  /** A record of our own topics that cannot be read: a bug or a foreign writer. It is left out. */
  unreadable(topic: string, partition: number, offset: number, error: Error): void;
}

/**
 * Feeds the offline store. Where to begin comes from the store itself, because rows and offsets move together there; the group only
 * says who reads what.
 */
export class SinkConsumer implements BusConsumerHandlers {
  private readonly consumer: BusConsumer;

  constructor(
    bus: EventBus,
    private readonly sink: OfflineSink,
    private readonly store: OfflineStore,
    private readonly events: SinkConsumerEvents,
  ) {
    const topics = [featuresTopic.name, labelsValidatedTopic.name];
    this.consumer = bus.consumer({ groupId: SINK_GROUP, topics, maxWaitMs: 1_000, lingerMs: LINGER_MS }, this);
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
    return this.store.nextOffset(target.topic, target.partition);
  }

  revoked(target: TopicPartition): void {
    this.sink.forget(target);
  }

  async batch(batch: RawBatch): Promise<BatchOutcome> {
    const { topic, partition, fetchOffset, nextOffset } = batch;
    const features: FeatureRow[] = [];
    const labels: LabelRow[] = [];
    for (const record of batch.records) this.decode(batch, record, features, labels);
    const taken = await this.sink.accept({ topic, partition, from: fetchOffset, next: nextOffset }, features, labels);
    return taken ? { nextOffset } : { nextOffset: await this.store.nextOffset(topic, partition) };
  }

  private decode(
    { topic, partition }: TopicPartition,
    record: RawRecord,
    features: FeatureRow[],
    labels: LabelRow[],
  ): void {
    try {
      const value: unknown = JSON.parse(record.value?.toString('utf8') ?? '');
      if (topic === featuresTopic.name) features.push(toFeatureRow(value as FeaturesEvent));
      else labels.push(toLabelRow(value as ValidatedLabel));
    } catch (thrown) {
      this.events.unreadable(topic, partition, record.offset, asError(thrown));
    }
  }
}
