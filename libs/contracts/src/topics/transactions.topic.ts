import { CURRENCIES, HOUR_MS } from '@fraudflow/core';
import { z } from 'zod';
import { idSchema, instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';

/** Largest accepted amount in major units of the base currency; its minor units then fit 32 bits. */
export const MAX_AMOUNT = 10_000_000;

/** Largest accepted amount in major units of any currency before conversion. Its minor units are exact as doubles. */
export const MAX_FOREIGN_AMOUNT = 900_000_000_000;

/** Retention of the input topics. It is short because their records hold card numbers. */
export const INPUT_RETENTION_MS = 48 * HOUR_MS;

const CARD_NUMBER_FORM = 'must be 12 to 19 digits, spaces and hyphens allowed';

/**
 * Does not verify the check digit: the field is replaced by a token in any case, and a mistyped number must not prevent
 * scoring.
 */
function hasCardLength(text: string): boolean {
  let digits = 0;
  for (const sign of text) if (sign !== ' ' && sign !== '-') digits++;
  return digits >= 12 && digits <= 19;
}

/** A transaction as its producer sends it. Unknown fields are kept. */
export const transactionSchema = z.looseObject({
  transaction_id: idSchema,
  occurred_at: instantSchema,
  customer_id: idSchema,
  terminal_id: idSchema,
  /**
   * Major units. Ingestion refuses more decimals than the currency has (ISO 4217). 0 is a card check without a payment.
   */
  amount: z.number().nonnegative().max(MAX_FOREIGN_AMOUNT),
  /** ISO 4217. */
  currency: z.enum(CURRENCIES, 'must be an ISO 4217 code, e.g. EUR'),
  /** Accepted by ingestion only. Every derived record has `card_token` instead. */
  card_number: z
    .string()
    .regex(/^[0-9 -]{12,30}$/, CARD_NUMBER_FORM)
    .refine(hasCardLength, CARD_NUMBER_FORM)
    .optional(),
  /** A token that ingestion made earlier; kept unchanged. */
  card_token: z
    .string()
    .regex(/^v\d+\.[A-Za-z0-9_-]{43}$/, 'must be a token made by this system')
    .optional(),
});

/** A transaction as its producer sends it. */
export type WireTransaction = z.infer<typeof transactionSchema>;

/** Input topic of transactions. */
export const transactionsTopic = defineTopic<WireTransaction>({
  name: 'transactions',
  keyedBy: 'customer_id',
  keyOf: (transaction) => transaction.customer_id,
  schema: transactionSchema,
  owner: 'external',
  retentionMs: INPUT_RETENTION_MS,
  deadLetters: true,
  description: 'Card transactions as producers send them. Unknown fields are kept.',
});
