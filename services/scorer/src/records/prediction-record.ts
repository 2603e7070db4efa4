import { randomUUID } from 'node:crypto';
import type { Prediction } from '@fraudflow/contracts';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventRecord } from '@fraudflow/messaging';
import { type Decision, type DecisionPolicy, isScore } from '../scoring/decision-policy.js';
import { namedVector } from '../features/vector.js';
import type { PredictResult } from '../scoring/predict.service.js';
import { canonical } from '../features/request-transaction.js';

/** Rows of a TensorFlow request and the model's results. */
export interface TensorResult {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly modelThreshold: number | undefined;
  readonly featureNames: readonly string[];
  /** Row-major in the order of `featureNames`. */
  readonly rows: Float32Array;
  /** One per row; NaN for a row without a score. */
  readonly probabilities: Float32Array;
  readonly inferenceUs: number;
  readonly requestedAtMs: number;
  readonly scoredAtMs: number;
}

/** Creates the record of a `Predict` call. The event id is random, because callers may use a request id twice. */
export function predictRecord(
  result: PredictResult,
  { streamed, scoredAtMs }: { readonly streamed: StreamedFeatures; readonly scoredAtMs: number },
): EventRecord<Prediction> {
  const { transaction, deadline } = result;
  const requestedAt = new Date(result.requestedAtMs).toISOString();
  const record = transaction && canonical(transaction);
  const value: Prediction = {
    input: record ? 'transaction' : 'features',
    ...(record ? { transaction: record } : {}),
    feature_service: streamed.service.name,
    features: namedVector(streamed.names, result.vector),
    ...decided(result.fraudProbability, result.decision),
    model_name: result.modelName,
    model_version: result.modelVersion,
    model_role: 'champion',
    timings: { scored_at_ms: scoredAtMs, inference_us: result.inferenceUs },
    request_id: result.requestId,
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

/** Creates the record of one row of a TensorFlow request. */
export function tensorRecord(
  result: TensorResult,
  row: number,
  { policy, streamed, requestId }: TensorRecordContext,
): EventRecord<Prediction> {
  const probability = result.probabilities[row] ?? Number.NaN;
  const requestedAt = new Date(result.requestedAtMs).toISOString();
  const features = rowFeatures(result, row);
  const hasMissing = Object.values(features).includes(null);
  const value: Prediction = {
    input: 'tensor',
    feature_service: streamed.service.name,
    features,
    ...decided(probability, policy.decide(probability, policy.thresholdFor(result.modelThreshold), hasMissing)),
    model_name: result.modelName,
    model_version: result.modelVersion,
    model_role: 'champion',
    timings: { scored_at_ms: result.scoredAtMs, inference_us: result.inferenceUs / result.probabilities.length },
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

function rowFeatures({ featureNames, rows }: TensorResult, row: number): Record<string, number | null> {
  const from = row * featureNames.length;
  const features: Record<string, number | null> = {};
  featureNames.forEach((name, i) => {
    const value = rows[from + i] ?? Number.NaN;
    // JSON cannot represent infinity, so an infinite value is recorded as missing.
    features[name] = Number.isFinite(value) ? value : null;
  });
  return features;
}
