import { CURRENCIES, HOUR_MS } from '@fraudflow/core';
import { z } from 'zod';
import { idSchema, instantSchema } from '../scalars.js';
import { defineTopic, type EventOf } from '../topic.js';

export { CURRENCIES } from '@fraudflow/core';

/** Largest accepted amount in major units of the base currency; its minor units then fit 32 bits. */
export const MAX_AMOUNT = 10_000_000;

/** Largest accepted amount in major units of any currency, before it is converted: minor units stay exact numbers. */
export const MAX_FOREIGN_AMOUNT = 900_000_000_000;

/** Input topics hold what producers sent, card numbers included, so they are kept for hours only. */
export const INPUT_RETENTION_MS = 48 * HOUR_MS;

const CARD_NUMBER_FORM = 'must be 12 to 19 digits, spaces and hyphens allowed';

/** The check digit is not asked for: the whole field is replaced whatever it holds, and a mistyped number is no reason not to score. */
function hasCardLength(text: string): boolean {
  let digits = 0;
  for (const sign of text) if (sign !== ' ' && sign !== '-') digits++;
  return digits >= 12 && digits <= 19;
}

/** A transaction as its producer sends it. Fields beyond these are kept. */
export const transactionSchema = z.looseObject({
  transaction_id: idSchema,
  occurred_at: instantSchema,
  customer_id: idSchema,
  terminal_id: idSchema,
  /** Major units. Ingestion refuses more decimals than the currency has (ISO 4217). 0 is a card check without a payment. */
  amount: z.number().nonnegative().max(MAX_FOREIGN_AMOUNT),
  /** ISO 4217. */
  currency: z.enum(CURRENCIES, 'must be an ISO 4217 code, e.g. EUR'),
  /** Accepted at the edge only: replaced by `card_token` in everything made from the record. */
  card_number: z
    .string()
    .regex(/^[0-9 -]{12,30}$/, CARD_NUMBER_FORM)
    .refine(hasCardLength, CARD_NUMBER_FORM)
    .optional(),
  /** A token made earlier by our own edge; kept as it is. */
  card_token: z
    .string()
    .regex(/^v\d+\.[A-Za-z0-9_-]{43}$/, 'must be a token made by this system')
    .optional(),
});

export type Transaction = z.infer<typeof transactionSchema>;

export const transactionsTopic = defineTopic<Transaction>({
  name: 'transactions',
  keyedBy: 'customer_id',
  keyOf: (transaction) => transaction.customer_id,
  schema: transactionSchema,
  owner: 'external',
  retentionMs: INPUT_RETENTION_MS,
  deadLetters: true,
  description: 'Card transactions as producers send them. Unknown fields are kept.',
});

export type TransactionEvent = EventOf<typeof transactionsTopic>;
