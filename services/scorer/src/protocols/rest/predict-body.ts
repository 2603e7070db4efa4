import type { CardNumberRule } from '@fraudflow/cards';
import { instantSchema, MAX_FOREIGN_AMOUNT } from '@fraudflow/contracts';
import { toMinorUnits } from '@fraudflow/core';
import { z } from 'zod';
import type { Deadline } from '../../admission/deadline.js';
import { vectorFromNamed } from '../../features/named-features.js';
import type { PredictResult, CheckedRequest } from '../../scoring/predict.service.js';
import {
  checkedDecimals,
  checkRequestId,
  checkThreshold,
  checkTransaction,
  type FieldNames,
  invalidField,
  type RequestTransaction,
} from '../../features/request-transaction.js';
import { isScore } from '../../scoring/decision-policy.js';
import { namedVector } from '../../features/vector.js';

const transactionBody = z.object({
  transaction_id: z.string(),
  occurred_at: instantSchema,
  customer_id: z.string(),
  terminal_id: z.string(),
  /** Major units, with at most the decimals of the currency (ISO 4217). */
  amount: z.number().nonnegative().max(MAX_FOREIGN_AMOUNT),
  currency: z.string(),
});

const predictBody = z.strictObject({
  request_id: z.string().optional(),
  threshold: z.number().optional(),
  transaction: transactionBody.optional(),
  features: z.record(z.string(), z.number().nullable()).optional(),
});

const FIELDS: FieldNames = {
  transactionId: 'transaction.transaction_id',
  occurredAtMs: 'transaction.occurred_at',
  customerId: 'transaction.customer_id',
  terminalId: 'transaction.terminal_id',
  amountMinor: 'transaction.amount',
  currency: 'transaction.currency',
};

/** Parses and validates a request body. @throws AppError invalid_input that names the field. */
export function toRequest(body: unknown, deadline: Deadline, cardNumbersInIds: CardNumberRule): CheckedRequest {
  const { request_id, threshold, transaction, features } = parseBody(body);
  const common = {
    requestId: checkRequestId(request_id ?? '', 'request_id', cardNumbersInIds),
    threshold: checkThreshold(threshold, 'threshold'),
    deadline,
  };
  if (transaction && !features) {
    return { ...common, input: { kind: 'transaction', transaction: toTransaction(transaction, cardNumbersInIds) } };
  }
  if (features && !transaction) {
    return { ...common, input: { kind: 'features', vector: vectorFromNamed(features, 'features') } };
  }
  throw invalidField('transaction', 'or features must be given, and not both');
}

/** The JSON response body. Missing features and a missing score are null. */
export function toBody(result: PredictResult): Record<string, unknown> {
  const { decision } = result;
  return {
    request_id: result.requestId,
    ...(result.transaction ? { transaction_id: result.transaction.transactionId } : {}),
    fraud_probability: isScore(result.fraudProbability) ? result.fraudProbability : null,
    is_fraud: decision.isFraud,
    outcome: decision.outcome,
    threshold: decision.threshold,
    reasons: decision.reasons,
    policy_version: decision.policyVersion,
    model_name: result.modelName,
    model_version: result.modelVersion,
    model_role: 'champion',
    features: namedVector(result.featureNames, result.vector),
    inference_us: Math.round(result.inferenceUs),
    stale_features: result.isStale,
  };
}

function parseBody(body: unknown): z.output<typeof predictBody> {
  const parsed = predictBody.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])].map(String);
  throw invalidField(path.length === 0 ? 'body' : path.join('.'), `is not valid: ${issue?.message ?? 'unreadable'}`);
}

function toTransaction(body: z.output<typeof transactionBody>, cardNumbersInIds: CardNumberRule): RequestTransaction {
  const transaction = {
    transactionId: body.transaction_id,
    occurredAtMs: Date.parse(body.occurred_at),
    customerId: body.customer_id,
    terminalId: body.terminal_id,
    amountMinor: minorOf(body),
    currency: body.currency,
  };
  return checkTransaction(transaction, FIELDS, cardNumbersInIds);
}

function minorOf({ amount, currency }: z.output<typeof transactionBody>): number {
  const decimals = checkedDecimals(currency, FIELDS.currency);
  const minor = toMinorUnits(amount, decimals);
  if (minor !== undefined) return minor;
  throw invalidField(FIELDS.amountMinor, `must have at most ${decimals} decimals in ${currency}`);
}
