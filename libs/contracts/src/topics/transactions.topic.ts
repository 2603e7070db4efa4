import { z } from 'zod';
import { idSchema, instantSchema } from '../scalars.js';
import { defineTopic, type EventOf } from '../topic.js';

/** Currencies with two decimals, so that an amount is a whole number of minor units everywhere. */
export const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'CAD', 'AUD', 'NZD'] as const;

/** Largest accepted amount in major units; minor units then fit 32 bits. */
export const MAX_AMOUNT = 10_000_000;

export const transactionSchema = z.looseObject({
  transaction_id: idSchema,
  occurred_at: instantSchema,
  customer_id: idSchema,
  terminal_id: idSchema,
  /** Major units with at most two decimals. 0 is a card check without a payment. */
  amount: z
    .number()
    .nonnegative()
    .max(MAX_AMOUNT)
    .refine((amount) => Math.abs(amount * 100 - Math.round(amount * 100)) < 1e-6, 'must have at most two decimals'),
  currency: z.enum(CURRENCIES),
  /** Accepted at the edge only: replaced by `card_token` before anything is stored. */
  card_number: z
    .string()
    .regex(/^[0-9 -]{12,30}$/, 'must be 12 to 19 digits, spaces and hyphens allowed')
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
  deadLetters: true,
  description: 'Card transactions as producers send them. Unknown fields are kept.',
});

export type TransactionEvent = EventOf<typeof transactionsTopic>;
