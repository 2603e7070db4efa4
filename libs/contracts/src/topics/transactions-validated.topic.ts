import { z } from 'zod';
import { decimalTextSchema, idSchema, instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';

/** Any JSON object. `z.record` is not used, because it drops a member called `__proto__`. */
const extraSchema = z
  .custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .meta({ type: 'object', propertyNames: { type: 'string' }, additionalProperties: {} });

/** The canonical transaction: instants in UTC with milliseconds, money in minor units, no card number. */
export const validatedTransactionSchema = z.object({
  transaction_id: idSchema,
  occurred_at: instantSchema,
  customer_id: idSchema,
  terminal_id: idSchema,
  /** Whole minor units of `currency` (ISO 4217): cents for EUR, yen for JPY, fils for KWD. */
  amount_minor: z.int().nonnegative(),
  currency: z.string().length(3),
  /**
   * The amount in whole minor units of the base currency. This field and the next two are absent if `currency` is the
   * base currency.
   */
  base_amount_minor: z.int().nonnegative().optional(),
  base_currency: z.string().length(3).optional(),
  /** Units of the base currency for one unit of `currency` as of `occurred_at`, as decimal text, e.g. `0.9213`. */
  exchange_rate: decimalTextSchema.optional(),
  /** Keyed hash of the card number with its key version, e.g. `v1.Zm9v…`. */
  card_token: z.string().optional(),
  /** Additional fields of the producer. Numbers that a double cannot represent are text; card numbers are tokens. */
  extra: extraSchema.optional(),
});

/** A record of `transactions.validated`. */
export type ValidatedTransaction = z.infer<typeof validatedTransactionSchema>;

/** Validated transactions, keyed by customer. */
export const transactionsValidatedTopic = defineTopic<ValidatedTransaction>({
  name: 'transactions.validated',
  keyedBy: 'customer_id',
  keyOf: (transaction) => transaction.customer_id,
  schema: validatedTransactionSchema,
  owner: 'ingestion',
  description: 'Canonical transactions that passed every rule, card numbers replaced by their tokens.',
});
