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
  /** Null if the model gave no number from 0 to 1: the outcome is `review` then, with reason SCORE_UNAVAILABLE. */
  fraud_probability: probabilitySchema.nullable(),
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

export const PREDICTION_INPUTS = ['transaction', 'features', 'tensor'] as const;

export const predictionSchema = scoreSchema.extend({
  /** What was asked about; only the first kind has a transaction. */
  input: z.enum(PREDICTION_INPUTS),
  transaction: validatedTransactionSchema.optional(),
  /** As the caller gave it, else made up. Two answers may share one. */
  request_id: z.string(),
  /** Row of a `tensor` request, from 0. */
  row: z.number().int().nonnegative().optional(),
  requested_at: instantSchema,
  deadline_ms: z.number().optional(),
});

export type Prediction = z.infer<typeof predictionSchema>;

export const predictionsTopic = defineTopic<Prediction>({
  name: 'predictions',
  keyedBy: 'terminal_id',
  keyOf: (prediction) => prediction.transaction?.terminal_id ?? prediction.request_id,
  schema: predictionSchema,
  owner: 'scorer',
  description:
    'Request path: the same record for every answer given over gRPC, REST or TensorFlow Serving. Answers without a transaction are keyed by request_id.',
});
