import { z } from 'zod';
import { featureVectorSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';
import { validatedLabelSchema } from './labels.topic.js';
import { validatedTransactionSchema } from './transactions-validated.topic.js';

/** The one input of the terminal stage: what must be ordered against each other travels in one topic. */
export const byTerminalSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('transaction'),
    transaction: validatedTransactionSchema,
    /** The transaction's and the customer's features, in the order of the stream's vector. */
    vector: z.array(z.number()),
    /** What the customer's side says of the transaction, as bits; the terminal's state keeps them. */
    attributes: z.int().min(0).max(255),
    /** Present only when true: the transaction came too late to enter its customer's windows. */
    late: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('label'), label: validatedLabelSchema }),
]);

export type ByTerminalEvent = z.infer<typeof byTerminalSchema>;

export const featuresByTerminalTopic = defineTopic<ByTerminalEvent>({
  name: 'features.by-terminal',
  keyedBy: 'terminal_id',
  keyOf: (event) => (event.kind === 'label' ? event.label.terminal_id : event.transaction.terminal_id),
  schema: byTerminalSchema,
  owner: 'feature-store',
  internal: true,
  description: 'Transactions with their customer features, and labels, keyed by terminal.',
});

export const featuresSchema = z.object({
  transaction: validatedTransactionSchema,
  /** The service that holds all features below, in the order of the stream's vector; others are parts of it. */
  feature_service: z.string(),
  feature_service_version: z.int().positive(),
  features: featureVectorSchema,
  /**
   * Present only when true: the transaction came too late to enter the windows of its customer or its terminal. Its features lack what came before
   * it, and whether it is a repeat of one emitted long ago is not known.
   */
  late: z.literal(true).optional(),
});

export type FeaturesEvent = z.infer<typeof featuresSchema>;

export const featuresTopic = defineTopic<FeaturesEvent>({
  name: 'features',
  keyedBy: 'terminal_id',
  keyOf: (event) => event.transaction.terminal_id,
  schema: featuresSchema,
  owner: 'feature-store',
  description: 'Each transaction once, with its complete feature vector as of its event time.',
});
