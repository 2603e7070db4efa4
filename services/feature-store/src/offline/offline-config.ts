import { setting } from '@fraudflow/config';
import { z } from 'zod';

/** Settings of the reads and of the retention of the offline store. */
export const offlineSettings = z.object({
  streams: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_HISTORY_STREAMS',
    description:
      'Maximum number of training sets and histories that are streamed over gRPC concurrently. Eight times as many callers wait; further ones are refused and should retry.',
    default: 2,
    min: 1,
    max: 16,
  }),
  readerTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_HISTORY_READER_TIMEOUT',
    description: 'Longest time for which such a stream waits for its reader. After that it is closed.',
    default: '2m',
  }),
  includeLate: setting.flag({
    env: 'FRAUDFLOW_FEATURE_STORE_INCLUDE_LATE',
    description:
      "Whether get_historical_features over a range and pull_* also return transactions that were too late for their entities' windows.",
    default: false,
  }),
  retentionDays: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_HISTORY_RETENTION_DAYS',
    description:
      'Days of event time before the newest transaction for which the offline store keeps transactions, features, labels and pushed rows. Older ones are deleted, history by whole months. 0 keeps everything; 1 to 59 count as 60, because features look back 51 days.',
    default: 0,
    max: 36_500,
    unit: 'days',
  }),
});

export type OfflineSettings = z.output<typeof offlineSettings>;
