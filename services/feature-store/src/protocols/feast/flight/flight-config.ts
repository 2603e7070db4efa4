import type { CardNumberRule } from '@fraudflow/cards';
import { setting } from '@fraudflow/config';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

/** Settings of the remote offline store. */
export const flightSettings = z.object({
  port: setting.port({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_PORT',
    description: 'Arrow Flight port, for offline_store type remote of Feast. 0 chooses a free one.',
    default: 8815,
  }),
  maxRows: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_ROWS',
    description: 'Rows of one historical request, upload or pull; more are refused.',
    default: 2_000_000,
    min: 1,
    max: 20_000_000,
  }),
  sliceRows: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_SLICE_ROWS',
    description:
      'Rows of a historical request that are computed at once; more use more memory and read less history twice.',
    default: 200_000,
    min: 1_000,
    max: 5_000_000,
  }),
  maxUploadBytes: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_UPLOAD',
    description: 'Bytes of one upload; more are refused.',
    default: 256 * MEBIBYTE,
    min: MEBIBYTE,
    max: 2_047 * MEBIBYTE,
    unit: 'bytes',
  }),
  maxAnswers: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_ANSWERS',
    description:
      'Historical responses that are computed concurrently. Eight times as many callers wait; further ones are refused and should retry.',
    default: 2,
    min: 1,
    max: 64,
  }),
  maxPendingBytes: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_MAX_PENDING',
    description: 'Bytes of uploads that wait for their answer to be fetched; the oldest give way.',
    default: 256 * MEBIBYTE,
    min: MEBIBYTE,
    unit: 'bytes',
  }),
  commandTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_COMMAND_TIMEOUT',
    description: 'Longest time an uploaded command waits for its answer to be fetched.',
    default: '2m',
  }),
  readerTimeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_FLIGHT_READER_TIMEOUT',
    description: 'Longest time an answer waits for its reader to take the next part before it is closed.',
    default: '2m',
  }),
});

export type FlightSettings = z.output<typeof flightSettings>;

/** The settings with the card-number rule of pushes, which applies to all push interfaces. */
export interface FlightOptions extends FlightSettings {
  readonly cardNumbersInPushes: CardNumberRule;
}
