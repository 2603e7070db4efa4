import { CARD_NUMBER_RULES } from '@fraudflow/cards';
import { setting } from '@fraudflow/config';
import { z } from 'zod';

/** Settings of online serving. */
export const servingSettings = z.object({
  maxRows: setting.integer({
    env: 'FRAUDFLOW_FEATURE_STORE_SERVING_MAX_ROWS',
    description:
      'Maximum number of entity rows of one online request, and of rows of one push. Larger requests are refused with 422 (INVALID_ARGUMENT).',
    default: 10_000,
    min: 1,
    max: 100_000,
  }),
  cardNumbersInPushes: setting.choice({
    env: 'FRAUDFLOW_FEATURE_STORE_CARD_NUMBERS_IN_PUSHES',
    description:
      'Treatment of pushed rows (HTTP, gRPC, Arrow Flight) with an entity id or a text value that contains a card number: they are refused with 422 or ' +
      'INVALID_ARGUMENT (`refuse`), or they are stored (`keep`: only if values are numbers that look like card numbers but ' +
      'are not; 4 % of random 16-digit numbers do). Only ingestion has the key of the card tokens.',
    options: CARD_NUMBER_RULES,
    default: 'refuse',
  }),
  expireAfterTtlMs: setting.durationMs({
    env: 'FRAUDFLOW_FEATURE_STORE_PUSHED_EXPIRE_AFTER_TTL',
    description:
      'Time for which a pushed row is kept in Redis after the ttl of its view has passed, if the view returns null for older values.',
    default: '1d',
  }),
});

export type ServingSettings = z.output<typeof servingSettings>;
