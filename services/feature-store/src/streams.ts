import { DAY_MS } from '@fraudflow/core';
import {
  ConsumerRuntime,
  createCoPartitionedStage,
  createRepartitioningStage,
  type EventBus,
  type EventProducer,
  type WatermarkExchange,
  type StageDependencies,
  type StageStore,
  subscribe,
} from '@fraudflow/messaging';
import type { StreamedFeatures } from '@fraudflow/features';
import type { ServiceContext } from '@fraudflow/observability';
import type { FeatureStoreConfig } from './config.js';
import type { FeatureStoreEvents } from './events.js';
import type { OfflineSink } from './offline/sink/offline-sink.js';
import type { OfflineStore } from './offline/sink/offline-store.port.js';
import { SinkConsumer } from './offline/sink/sink.consumer.js';
import { CUSTOMER_STAGE, customerStage } from './stream/customer-stage.js';
import { MAX_BYTES_PER_PARTITION } from './stream/records/fetch-size.js';
import { LABEL_ROUTER_GROUP, LabelRouter, labelRouterInput } from './stream/label-router.js';
import { StreamVector } from './stream/stream-vector.js';
import { SharedCache } from './stream/shared-cache.js';
import { terminalStage } from './stream/terminal-stage.js';

/**
 * While catching up, no partition runs further ahead of the others than this; the label delay is seven times as long.
 */
const MAX_SKEW_MS = DAY_MS;
/** A label in transit is not worth holding transactions for: only a router that has fallen behind. */
const LABELS_BEHIND_MS = 1_000;

/** A feature is waited for: rounds may follow each other this fast. */
const LINGER_MS = 2;

export interface StreamParts {
  readonly bus: EventBus;
  readonly producer: EventProducer;
  readonly states: StageStore;
  readonly streamed: StreamedFeatures;
  /** Where workers exchange their watermarks. */
  readonly heads: WatermarkExchange;
  readonly sink: OfflineSink;
  readonly offline: OfflineStore;
  readonly events: FeatureStoreEvents;
}

/** The parts of the stream path, upstream last: they start in this order and stop together. */
export class Streams {
  private readonly parts: readonly { start(): Promise<void>; stop(): Promise<void> }[];

  constructor(context: ServiceContext<FeatureStoreConfig>, parts: StreamParts) {
    const { states, events } = parts;
    const vector = new StreamVector(parts.streamed);
    const { cachedEntities, cachedBytes } = context.config.stages;
    const customers = new SharedCache({ entities: cachedEntities, bytes: cachedBytes });
    const terminals = new SharedCache({ entities: cachedEntities, bytes: cachedBytes });
    const shared = dependencies(context, parts);
    const merged: StageDependencies = {
      ...shared,
      tuning: { ...shared.tuning, merge: { maxSkewMs: MAX_SKEW_MS }, watermarkExchange: parts.heads },
    };
    this.parts = [
      labelRouter(context, parts),
      createCoPartitionedStage(terminals.limit(terminalStage(vector, terminals, events)), states, shared),
      createRepartitioningStage(customers.limit(customerStage(vector, customers, events)), states, merged),
      new SinkConsumer(parts.bus, parts.sink, parts.offline, events),
    ];
  }

  async start(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.stop()));
  }
}

/** Names a worker's partitions in the exchange. */
export const WATERMARK_EXCHANGE = CUSTOMER_STAGE;

function dependencies(
  { config, logger, metrics, health }: ServiceContext<FeatureStoreConfig>,
  { bus, producer }: StreamParts,
): StageDependencies {
  const { maxBatchRecords } = config.stages;
  const tuning = { maxBatchRecords, maxBytesPerPartition: MAX_BYTES_PER_PARTITION, lingerMs: LINGER_MS };
  return { bus, producer, logger, metrics, health, tuning };
}

/**
 * Routes labels, and holds the customer stage back where it has fallen behind: a transaction at t must find the labels
 * that were available by t. So a label's place in event time is when it became available, less the skew that
 * transactions are allowed.
 */
function labelRouter(
  { logger, metrics, health }: ServiceContext<FeatureStoreConfig>,
  parts: StreamParts,
): ConsumerRuntime {
  const router = new LabelRouter(parts.producer);
  const routed = subscribe(labelRouterInput, (records) => router.handle(records), {
    eventTimeMs: ({ value }) => Date.parse(value.labelled_at) - MAX_SKEW_MS,
  });
  return new ConsumerRuntime({
    bus: parts.bus,
    producer: parts.producer.raw,
    logger,
    metrics,
    health,
    groupId: LABEL_ROUTER_GROUP,
    merge: { maxSkewMs: Number.POSITIVE_INFINITY, publishAfterMs: LABELS_BEHIND_MS },
    watermarkExchange: parts.heads,
    subscriptions: [routed],
  });
}
