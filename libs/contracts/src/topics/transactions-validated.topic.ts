import { z } from 'zod';
import { idSchema, instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';

/** The canonical transaction: instants in UTC with milliseconds, money in minor units, no card number. */
export const validatedTransactionSchema = z.object({
  transaction_id: idSchema,
  occurred_at: instantSchema,
  customer_id: idSchema,
  terminal_id: idSchema,
  /** Whole minor units (cents). */
  amount_minor: z.int().nonnegative(),
  currency: z.string().length(3),
  /** Keyed hash of the card number with its key version, e.g. `v1.Zm9v…`. */
  card_token: z.string().optional(),
  /** Fields the producer sent beyond ours, unchanged. */
  extra: z.record(z.string(), z.unknown()).optional(),
});

export type ValidatedTransaction = z.infer<typeof validatedTransactionSchema>;

export const transactionsValidatedTopic = defineTopic<ValidatedTransaction>({
  name: 'transactions.validated',
  keyedBy: 'customer_id',
  keyOf: (transaction) => transaction.customer_id,
  schema: validatedTransactionSchema,
  owner: 'ingestion',
  description: 'Canonical transactions that passed every rule, card numbers replaced by their tokens.',
});
