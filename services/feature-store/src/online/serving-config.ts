import { CARD_NUMBER_RULES } from '@fraudflow/cards';
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
  cardNumbersInPushes: setting.choice({
    env: 'FRAUDFLOW_FEATURE_STORE_CARD_NUMBERS_IN_PUSHES',
    description:
      'What becomes of pushed rows (HTTP, gRPC, Arrow Flight) with an entity id or a text value that holds a card number: 422 or ' +
      'INVALID_ARGUMENT (`refuse`), or they are stored like any other (`keep`: only where values are numbers that look like card numbers and ' +
      'are none; of random numbers of 16 digits, 4 in 100 do). Only ingestion has the key to make tokens.',
    options: CARD_NUMBER_RULES,
    default: 'refuse',
  }),
  expireAfterTtlMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_PUSHED_EXPIRE_AFTER_TTL',
    description:
      'Time a pushed row stays in Redis beyond the ttl of its view, if the view answers null for what is older.',
    default: '1d',
  }),
});

export type ServingSettings = z.output<typeof servingSettings>;
