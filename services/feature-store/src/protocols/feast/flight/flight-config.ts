import type { CardNumberRule } from '@fraudflow/cards';
import { setting } from '@fraudflow/config';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

/** Settings of the remote offline store. */
export const flightSettings = z.object({
  port: setting.port({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_PORT',
    description: 'Arrow Flight port for Feast clients whose offline_store has the type remote. 0 chooses a free one.',
    default: 8815,
  }),
  maxRows: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_ROWS',
    description: 'Maximum number of rows of one historical request, upload or pull. Larger ones are refused.',
    default: 2_000_000,
    min: 1,
    max: 20_000_000,
  }),
  sliceRows: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_SLICE_ROWS',
    description:
      'Number of rows of a historical request that are computed together. A larger value uses more memory and reads less history twice.',
    default: 200_000,
    min: 1_000,
    max: 5_000_000,
  }),
  maxUploadBytes: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_UPLOAD',
    description: 'Maximum number of bytes of one upload. Larger uploads are refused.',
    default: 256 * MEBIBYTE,
    min: MEBIBYTE,
    max: 2_047 * MEBIBYTE,
    unit: 'bytes',
  }),
  maxAnswers: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_ANSWERS',
    description:
      'Maximum number of historical responses that are computed concurrently. Eight times as many callers wait; further ones are refused and should retry.',
    default: 2,
    min: 1,
    max: 64,
  }),
  maxPendingBytes: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_PENDING',
    description:
      'Maximum number of bytes of uploads whose response has not been fetched yet. Above it the oldest uploads are evicted.',
    default: 256 * MEBIBYTE,
    min: MEBIBYTE,
    unit: 'bytes',
  }),
  commandTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_COMMAND_TIMEOUT',
    description: 'Time after which an uploaded command expires if its response has not been fetched.',
    default: '2m',
  }),
  readerTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_READER_TIMEOUT',
    description:
      'Longest time for which a response waits until its reader takes the next part. After that it is closed.',
    default: '2m',
  }),
});

export type FlightSettings = z.output<typeof flightSettings>;

/** The settings with the card-number rule of pushes, which applies to all push interfaces. */
export interface FlightOptions extends FlightSettings {
  readonly cardNumbersInPushes: CardNumberRule;
}
