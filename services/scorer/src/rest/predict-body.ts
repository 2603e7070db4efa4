import type { CardNumberRule } from '@fraudflow/cards';
import { instantSchema, MAX_FOREIGN_AMOUNT } from '@fraudflow/contracts';
import { toMinorUnits } from '@fraudflow/core';
import { z } from 'zod';
import type { Deadline } from '../request/deadline.js';
import { vectorFromNamed } from '../request/named-features.js';
import type { Answer, CheckedRequest } from '../request/predict.service.js';
import {
  checkedDecimals,
  checkRequestId,
  checkThreshold,
  checkTransaction,
  type FieldNames,
  invalidField,
  type TransactionInHand,
} from '../request/transaction-in-hand.js';
import { isScore } from '../scoring/decision-policy.js';
import { namedVector } from '../scoring/vector.js';

const transactionBody = z.object({
  transaction_id: z.string(),
  occurred_at: instantSchema,
  customer_id: z.string(),
  terminal_id: z.string(),
  /** Major units, with at most the decimals of its currency (ISO 4217). */
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

/** @throws AppError invalid_input naming the field. */
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

/** The JSON answer; missing features and a score that the model did not give are null. */
export function toBody(answer: Answer): Record<string, unknown> {
  const { decision } = answer;
  return {
    request_id: answer.requestId,
    ...(answer.transaction ? { transaction_id: answer.transaction.transactionId } : {}),
    fraud_probability: isScore(answer.fraudProbability) ? answer.fraudProbability : null,
    is_fraud: decision.isFraud,
    outcome: decision.outcome,
    threshold: decision.threshold,
    reasons: decision.reasons,
    policy_version: decision.policyVersion,
    model_name: answer.modelName,
    model_version: answer.modelVersion,
    model_role: 'champion',
    features: namedVector(answer.featureNames, answer.vector),
    inference_us: Math.round(answer.inferenceUs),
    stale_features: answer.isStale,
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

function toTransaction(body: z.output<typeof transactionBody>, cardNumbersInIds: CardNumberRule): TransactionInHand {
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
