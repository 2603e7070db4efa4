import { z } from 'zod';
import { featureVectorSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';
import { validatedLabelSchema } from './labels.topic.js';
import { validatedTransactionSchema } from './transactions-validated.topic.js';

/** Input of the terminal stage. Transactions and labels share one topic, because their relative order matters. */
const byTerminalSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('transaction'),
    transaction: validatedTransactionSchema,
    /** The transaction's and the customer's features, in the order of the stream's vector. */
    vector: z.array(z.number()),
    /** Bit flags that the customer stage derived from the transaction. The terminal's state stores them. */
    attributes: z.int().min(0).max(255),
    /** Present only when true: the transaction arrived too late to enter its customer's windows. */
    late: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('label'), label: validatedLabelSchema }),
]);

/** A record of `features.by-terminal`. */
export type ByTerminalEvent = z.infer<typeof byTerminalSchema>;

/** Internal topic between the customer stage and the terminal stage. */
export const featuresByTerminalTopic = defineTopic<ByTerminalEvent>({
  name: 'features.by-terminal',
  keyedBy: 'terminal_id',
  keyOf: (event) => (event.kind === 'label' ? event.label.terminal_id : event.transaction.terminal_id),
  schema: byTerminalSchema,
  owner: 'feature-store',
  internal: true,
  description: 'Transactions with their customer features, and labels, keyed by terminal.',
});

/** A transaction with its feature vector as of its event time. */
export const featuresSchema = z.object({
  transaction: validatedTransactionSchema,
  /**
   * The feature service that contains all features below, in the order of the stream's vector. Other services are
   * subsets.
   */
  feature_service: z.string(),
  feature_service_version: z.int().positive(),
  features: featureVectorSchema,
  /**
   * Present only when true: the transaction arrived too late to enter the windows of its customer or its terminal. Its
   * features lack earlier transactions, and it may be a repeat of a transaction that was emitted long ago.
   */
  late: z.literal(true).optional(),
});

/** A record of `features`. */
export type FeaturesEvent = z.infer<typeof featuresSchema>;

/** Output of the feature store: transactions with their features. */
export const featuresTopic = defineTopic<FeaturesEvent>({
  name: 'features',
  keyedBy: 'terminal_id',
  keyOf: (event) => event.transaction.terminal_id,
  schema: featuresSchema,
  owner: 'feature-store',
  description: 'Each transaction once, with its complete feature vector as of its event time.',
});
