import type { StageStore, ValidatedLabel } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { StreamedFeatures } from '@fraudflow/features';
import {
  createCoPartitionedStage,
  createRepartitioningStage,
  type DecodedRecord,
  DeclaredBus,
  EventProducer,
  type StageDependencies,
} from '@fraudflow/messaging';
import { HealthRegistry } from '@fraudflow/observability';
import { RedisWatermarkExchange } from '@fraudflow/redis';
import { LOGGER, METRICS, provide, StreamTransport, token } from '@fraudflow/service';
import type { FactoryProvider } from '@nestjs/common';
import { type FeatureStoreConfig, SETTINGS } from '../../config.js';
import { FeatureStoreEvents } from '../../events.js';
import { SinkConsumer } from '../../offline/sink/sink.consumer.js';
import { customerStage } from '../../stream/customer-stage.js';
import { MAX_BYTES_PER_PARTITION } from '../../stream/records/fetch-size.js';
import { SharedCache } from '../../stream/shared-cache.js';
import { StreamVector } from '../../stream/stream-vector.js';
import { terminalStage } from '../../stream/terminal-stage.js';
import { streams } from '../../streams.js';

/** Injection token of the `StageStore`. */
export const STAGE_STORE = token<StageStore>('stage store');

/**
 * While catching up, no partition is further ahead of the others in event time than this; the label delay is seven
 *  * times as long.
 */
const MAX_SKEW_MS = DAY_MS;
/** A label in transit delays transactions only if the label router has fallen behind. */
const LABELS_BEHIND_MS = 1_000;
/** Minimum interval of fetch rounds; it is short, because callers wait for features. */
const LINGER_MS = 2;

/** Provider of the feature store's transport: the router of labels, two stages and the sink. */
export const streamTransport: FactoryProvider<StreamTransport> = provide(
  StreamTransport,
  {
    config: SETTINGS,
    logger: LOGGER,
    metrics: METRICS,
    health: HealthRegistry,
    bus: DeclaredBus,
    producer: EventProducer,
    states: STAGE_STORE,
    exchange: RedisWatermarkExchange,
    streamed: StreamedFeatures,
    events: FeatureStoreEvents,
    sink: SinkConsumer,
  },
  (parts) =>
    new StreamTransport({
      ...parts,
      streams,
      producer: parts.producer.raw,
      readers: { ...stages(parts), sink: parts.sink },
      // A transaction at t must be processed after the labels that were available by t, so the customer stage waits for
      // the label router if the router has fallen behind. The event time of a label is the time at which it became
      // available, minus the skew that transactions are allowed.
      groups: {
        [streams.consume.labels.group]: {
          merge: { maxSkewMs: Number.POSITIVE_INFINITY, publishAfterMs: LABELS_BEHIND_MS },
          watermarkExchange: parts.exchange,
        },
      },
      inputs: {
        labels: {
          eventTimeMs: ({ value }: DecodedRecord<ValidatedLabel>) => Date.parse(value.labelled_at) - MAX_SKEW_MS,
        },
      },
    }),
);

interface StageParts extends Omit<StageDependencies, 'tuning'> {
  readonly config: FeatureStoreConfig;
  readonly states: StageStore;
  readonly exchange: RedisWatermarkExchange;
  readonly streamed: StreamedFeatures;
  readonly events: FeatureStoreEvents;
}

/** The two stages. Each shares one bounded cache of states between its partitions. */
function stages(parts: StageParts) {
  const { states, exchange, streamed, events } = parts;
  const { maxBatchRecords, cachedEntities: entities, cachedBytes: bytes } = parts.config.stages;
  const vector = new StreamVector(streamed);
  const customers = new SharedCache({ entities, bytes });
  const terminals = new SharedCache({ entities, bytes });
  const tuning = { maxBatchRecords, maxBytesPerPartition: MAX_BYTES_PER_PARTITION, lingerMs: LINGER_MS };
  const aligned = { ...tuning, merge: { maxSkewMs: MAX_SKEW_MS }, watermarkExchange: exchange };
  return {
    terminals: createCoPartitionedStage(terminals.limit(terminalStage(vector, terminals, events)), states, {
      ...parts,
      tuning,
    }),
    customers: createRepartitioningStage(customers.limit(customerStage(vector, customers, events)), states, {
      ...parts,
      tuning: aligned,
    }),
  };
}
