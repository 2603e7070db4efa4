import { randomUUID } from 'node:crypto';
import type { Prediction } from '@fraudflow/contracts';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventRecord } from '@fraudflow/messaging';
import { type Decision, type DecisionPolicy, isScore } from '../scoring/decision-policy.js';
import { namedVector } from '../scoring/vector.js';
import type { Answer } from './predict.service.js';
import { canonical } from './transaction-in-hand.js';

/** Rows of a TensorFlow request and what the model gave for them. */
export interface TensorAnswer {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly modelThreshold: number | undefined;
  readonly featureNames: readonly string[];
  /** Row-major in the order of `featureNames`. */
  readonly rows: Float32Array;
  /** NaN where the model gave none. */
  readonly probabilities: Float32Array;
  readonly inferenceUs: number;
  readonly requestedAtMs: number;
  readonly scoredAtMs: number;
}

/** The record of an answer to `Predict`. The id is the record's own: callers may use a request id twice. */
export function answerRecord(
  answer: Answer,
  { streamed, scoredAtMs }: { readonly streamed: StreamedFeatures; readonly scoredAtMs: number },
): EventRecord<Prediction> {
  const { transaction, deadline } = answer;
  const requestedAt = new Date(answer.requestedAtMs).toISOString();
  const record = transaction && canonical(transaction);
  const value: Prediction = {
    input: record ? 'transaction' : 'features',
    ...(record ? { transaction: record } : {}),
    feature_service: streamed.service.name,
    features: namedVector(streamed.names, answer.vector),
    ...decided(answer.fraudProbability, answer.decision),
    model_name: answer.modelName,
    model_version: answer.modelVersion,
    model_role: 'champion',
    timings: { scored_at_ms: scoredAtMs, inference_us: answer.inferenceUs },
    request_id: answer.requestId,
    requested_at: requestedAt,
    ...(deadline.givenMs === undefined ? {} : { deadline_ms: deadline.givenMs }),
  };
  return { value, eventId: randomUUID(), occurredAt: record?.occurred_at ?? requestedAt };
}

export interface TensorRecordContext {
  readonly policy: DecisionPolicy;
  readonly streamed: StreamedFeatures;
  readonly requestId: string;
}

/** The record of one row of a TensorFlow request. */
export function tensorRecord(
  answer: TensorAnswer,
  row: number,
  { policy, streamed, requestId }: TensorRecordContext,
): EventRecord<Prediction> {
  const probability = answer.probabilities[row] ?? Number.NaN;
  const requestedAt = new Date(answer.requestedAtMs).toISOString();
  const features = rowFeatures(answer, row);
  const hasMissing = Object.values(features).includes(null);
  const value: Prediction = {
    input: 'tensor',
    feature_service: streamed.service.name,
    features,
    ...decided(probability, policy.decide(probability, policy.thresholdFor(answer.modelThreshold), hasMissing)),
    model_name: answer.modelName,
    model_version: answer.modelVersion,
    model_role: 'champion',
    timings: { scored_at_ms: answer.scoredAtMs, inference_us: answer.inferenceUs / answer.probabilities.length },
    request_id: requestId,
    row,
    requested_at: requestedAt,
  };
  return { value, eventId: `${requestId}:${row}`, occurredAt: requestedAt };
}

function decided(probability: number, decision: Decision) {
  return {
    fraud_probability: isScore(probability) ? probability : null,
    is_fraud: decision.isFraud,
    outcome: decision.outcome,
    policy_version: decision.policyVersion,
    threshold: decision.threshold,
    reasons: [...decision.reasons],
  };
}

function rowFeatures({ featureNames, rows }: TensorAnswer, row: number): Record<string, number | null> {
  const from = row * featureNames.length;
  const features: Record<string, number | null> = {};
  featureNames.forEach((name, i) => {
    const value = rows[from + i] ?? Number.NaN;
    // JSON has no infinity: such a value counts as missing here.
    features[name] = Number.isFinite(value) ? value : null;
  });
  return features;
}
