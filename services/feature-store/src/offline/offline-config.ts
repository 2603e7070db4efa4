import { setting } from '@fraudflow/config';
import { z } from 'zod';

/** Settings of the offline store's reads and of how long it keeps what it stores. */
export const offlineSettings = z.object({
  streams: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_HISTORY_STREAMS',
    description:
      'Training sets and histories that are streamed over gRPC concurrently. Eight times as many callers wait; further ones are refused and should retry.',
    default: 2,
    min: 1,
    max: 16,
  }),
  readerTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_HISTORY_READER_TIMEOUT',
    description: 'Longest time such a stream waits for its reader before it is closed.',
    default: '2m',
  }),
  includeLate: setting.flag({
    env: 'FRAUDFLOW_FEATURE_STORE_INCLUDE_LATE',
    description:
      "Whether get_historical_features over a range and pull_* also give transactions that came too late to enter their entities' windows.",
    default: false,
  }),
  retentionDays: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_HISTORY_RETENTION_DAYS',
    description:
      'Days in event time, before the newest transaction, after which the offline store deletes transactions, features and labels (by whole months) and pushed rows. 0 keeps everything; from 1 to 59 count as 60, because features look back 51 days.',
    default: 0,
    max: 36_500,
    unit: 'days',
  }),
});

export type OfflineSettings = z.output<typeof offlineSettings>;
