import { setting } from '@fraudflow/config';
import { z } from 'zod';

/** Settings of online serving. */
export const servingSettings = z.object({
  maxRows: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_SERVING_MAX_ROWS',
    description:
      'Entity rows of one online request, and rows of one push; more are refused with 422 (INVALID_ARGUMENT).',
    default: 10_000,
    min: 1,
    max: 100_000,
  }),
  expireAfterTtlMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_PUSHED_EXPIRE_AFTER_TTL',
    description:
      'Time a pushed row stays in Redis beyond the ttl of its view, if the view answers null for what is older.',
    default: '1d',
  }),
});

export type ServingSettings = z.output<typeof servingSettings>;
