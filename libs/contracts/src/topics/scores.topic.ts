import { z } from 'zod';
import { featureVectorSchema, instantSchema, probabilitySchema } from '../scalars.js';
import { defineTopic } from '../topic.js';
import { validatedTransactionSchema } from './transactions-validated.topic.js';

export const OUTCOMES = ['approve', 'challenge', 'review', 'decline'] as const;

export type Outcome = (typeof OUTCOMES)[number];

export const scoreSchema = z.object({
  transaction: validatedTransactionSchema,
  feature_service: z.string(),
  features: featureVectorSchema,
  fraud_probability: probabilitySchema,
  is_fraud: z.boolean(),
  outcome: z.enum(OUTCOMES),
  policy_version: z.string(),
  threshold: probabilitySchema,
  /** Codes of what decided, most important first. */
  reasons: z.array(z.string()),
  model_name: z.string(),
  model_version: z.string(),
  model_role: z.enum(['champion', 'challenger', 'shadow', 'canary']),
  /** Wall-clock milliseconds since the epoch and spans, for latency metrics only. */
  timings: z.object({
    /** When the source record was appended to `transactions` (broker time), where known. */
    received_at_ms: z.number().optional(),
    scored_at_ms: z.number(),
    inference_us: z.number(),
  }),
});

export type ScoredTransaction = z.infer<typeof scoreSchema>;

export const transactionsScoredTopic = defineTopic<ScoredTransaction>({
  name: 'transactions.scored',
  keyedBy: 'terminal_id',
  keyOf: (score) => score.transaction.terminal_id,
  schema: scoreSchema,
  owner: 'scorer',
  description: 'Stream path: each transaction once, with vector, probability, outcome and model.',
});

export const predictionSchema = scoreSchema.extend({
  request_id: z.string(),
  requested_at: instantSchema,
  deadline_ms: z.number().optional(),
});

export type Prediction = z.infer<typeof predictionSchema>;

export const predictionsTopic = defineTopic<Prediction>({
  name: 'predictions',
  keyedBy: 'terminal_id',
  keyOf: (prediction) => prediction.transaction.terminal_id,
  schema: predictionSchema,
  owner: 'scorer',
  description: 'Request path: the same record for every answer given over gRPC or REST.',
});
