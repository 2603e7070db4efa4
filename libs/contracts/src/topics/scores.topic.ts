import { z } from 'zod';
import { featureVectorSchema, instantSchema, probabilitySchema } from '../scalars.js';
import { defineTopic } from '../topic.js';
import { validatedTransactionSchema } from './transactions-validated.topic.js';

/** Decisions about a transaction, from the most lenient to the strictest. */
export const OUTCOMES = ['approve', 'challenge', 'review', 'decline'] as const;

/** Decision about a transaction. */
export type Outcome = (typeof OUTCOMES)[number];

/** A scored transaction: features, probability, decision, model and timings. */
export const scoreSchema = z.object({
  transaction: validatedTransactionSchema,
  feature_service: z.string(),
  features: featureVectorSchema,
  /**
   * Null if the model's output is not a number from 0 to 1. The outcome is then `review`, with reason
   * SCORE_UNAVAILABLE.
   */
  fraud_probability: probabilitySchema.nullable(),
  is_fraud: z.boolean(),
  outcome: z.enum(OUTCOMES),
  policy_version: z.string(),
  threshold: probabilitySchema,
  /** Reason codes of the decision, most important first. */
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

/** A record of `transactions.scored`. */
export type ScoredTransaction = z.infer<typeof scoreSchema>;

/** Scores of the stream path. */
export const transactionsScoredTopic = defineTopic<ScoredTransaction>({
  name: 'transactions.scored',
  keyedBy: 'terminal_id',
  keyOf: (score) => score.transaction.terminal_id,
  schema: scoreSchema,
  owner: 'scorer',
  description: 'Stream path: each transaction once, with vector, probability, outcome and model.',
});

/** Kinds of prediction input: a transaction, named features, or a tensor. */
const PREDICTION_INPUTS = ['transaction', 'features', 'tensor'] as const;

/** A prediction of the request path. */
export const predictionSchema = scoreSchema.extend({
  /** Kind of input. Only `transaction` requests have a transaction. */
  input: z.enum(PREDICTION_INPUTS),
  transaction: validatedTransactionSchema.optional(),
  /** Request id of the caller, or a generated one. Several predictions may share it. */
  request_id: z.string(),
  /** Row of a `tensor` request, from 0. */
  row: z.number().int().nonnegative().optional(),
  requested_at: instantSchema,
  deadline_ms: z.number().optional(),
});

/** A record of `predictions`. */
export type Prediction = z.infer<typeof predictionSchema>;

/** Predictions of the request path. */
export const predictionsTopic = defineTopic<Prediction>({
  name: 'predictions',
  keyedBy: 'terminal_id',
  keyOf: (prediction) => prediction.transaction?.terminal_id ?? prediction.request_id,
  schema: predictionSchema,
  owner: 'scorer',
  description:
    'Request path: one record per prediction returned over gRPC, REST or TensorFlow Serving. Predictions without a transaction are keyed by request_id.',
});
