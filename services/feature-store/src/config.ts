import { CONFIG, type Token } from '@fraudflow/service';
import {
  featureServiceSetting,
  grpcPort,
  httpPort,
  kafkaSettings,
  postgresSettings,
  processSettings,
  redisSettings,
  setting,
} from '@fraudflow/config';
import { STREAMED_SERVICES } from '@fraudflow/features';
import { z } from 'zod';
import { feastRegistrySettings } from './protocols/feast/registry/feast-registry-config.js';
import { flightSettings } from './protocols/feast/flight/flight-config.js';
import { offlineSettings } from './offline/offline-config.js';
import { servingSettings } from './online/serving-config.js';

/** Settings of the feature store. */
export const featureStoreConfigSchema = z.object({
  process: processSettings,
  kafka: kafkaSettings,
  redis: redisSettings,
  postgres: postgresSettings,
  featureService: featureServiceSetting(STREAMED_SERVICES),
  http: z.object({ port: httpPort('feature-store', 6566) }),
  grpc: z.object({ port: grpcPort('feature-store', 6565) }),
  serving: servingSettings,
  feastRegistry: feastRegistrySettings,
  flight: flightSettings,
  offline: offlineSettings,
  stages: z.object({
    maxBatchRecords: setting.integer({
      env: 'FRAUDFLOW_FEATURE_STORE_MAX_BATCH',
      description:
        'Maximum number of records of a partition that a stage processes and commits as one batch. With more than four partitions, the total of a worker is the same as with four.',
      default: 1_000,
      min: 1,
      max: 50_000,
    }),
    cachedEntities: setting.integer({
      env: 'FRAUDFLOW_FEATURE_STORE_CACHED_ENTITIES',
      description:
        'Maximum number of decoded entity states that each stage keeps in memory, over all partitions of this worker. The others are read from Redis when needed.',
      default: 12_000,
      min: 100,
    }),
    cachedBytes: setting.integer({
      env: 'FRAUDFLOW_FEATURE_STORE_CACHED_BYTES',
      description:
        'Maximum memory of the decoded states of each stage between batches, over all partitions of this worker. It also bounds the memory of a few entities with very many transactions.',
      default: 256 * 1024 * 1024,
      min: 1024 * 1024,
      unit: 'bytes',
    }),
  }),
  sink: z.object({
    flushEveryMs: setting.durationMs({
      env: 'FRAUDFLOW_FEATURE_STORE_SINK_FLUSH_EVERY',
      description: 'Longest time for which rows are buffered before they are written to the offline store.',
      default: '250ms',
    }),
    maxRows: setting.integer({
      env: 'FRAUDFLOW_FEATURE_STORE_SINK_MAX_ROWS',
      description:
        'Number of buffered rows at which they are written to the offline store. Reading pauses while twice as many are buffered.',
      default: 4_000,
      min: 1,
      max: 200_000,
    }),
  }),
});

export type FeatureStoreConfig = z.output<typeof featureStoreConfigSchema>;

/** Injection token of the settings. */
export const SETTINGS: Token<FeatureStoreConfig> = CONFIG;
