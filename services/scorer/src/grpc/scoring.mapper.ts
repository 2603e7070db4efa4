import type { CardNumberRule } from '@fraudflow/cards';
import { type Outcome, scoringV1 } from '@fraudflow/contracts';
import { vectorFromNamed } from '../request/named-features.js';
import type { Deadline } from '../request/deadline.js';
import type { Answer, PredictInput, CheckedRequest } from '../request/predict.service.js';
import { columnsOf } from '../scoring/vector.js';
import {
  checkRequestId,
  checkThreshold,
  checkTransaction,
  type FieldNames,
  invalidField,
} from '../request/transaction-in-hand.js';

const FIELDS: FieldNames = {
  transactionId: 'transaction.transaction_id',
  occurredAtMs: 'transaction.occurred_at_ms',
  customerId: 'transaction.customer_id',
  terminalId: 'transaction.terminal_id',
  amountMinor: 'transaction.amount_minor',
  currency: 'transaction.currency',
};

const OUTCOME_ON_WIRE: Readonly<Record<Outcome, scoringV1.Outcome>> = {
  approve: scoringV1.Outcome.OUTCOME_APPROVE,
  challenge: scoringV1.Outcome.OUTCOME_CHALLENGE,
  review: scoringV1.Outcome.OUTCOME_REVIEW,
  decline: scoringV1.Outcome.OUTCOME_DECLINE,
};

/** @throws AppError invalid_input naming the field. */
export function toRequest(
  request: scoringV1.PredictRequest,
  deadline: Deadline,
  cardNumbersInIds: CardNumberRule,
): CheckedRequest {
  return {
    requestId: checkRequestId(request.requestId, 'request_id', cardNumbersInIds),
    input: toInput(request.input, cardNumbersInIds),
    threshold: checkThreshold(request.threshold, 'threshold'),
    deadline,
  };
}

export function toResponse(answer: Answer): scoringV1.PredictResponse {
  const { decision } = answer;
  return {
    requestId: answer.requestId,
    fraudProbability: answer.fraudProbability,
    isFraud: decision.isFraud,
    outcome: OUTCOME_ON_WIRE[decision.outcome],
    threshold: decision.threshold,
    modelName: answer.modelName,
    modelVersion: answer.modelVersion,
    modelRole: 'champion',
    policyVersion: decision.policyVersion,
    reasons: [...decision.reasons],
    features: featuresOf(answer),
    inferenceUs: Math.round(answer.inferenceUs),
    staleFeatures: answer.isStale,
  };
}

function featuresOf({ featureNames, vector }: Answer): Record<string, number> {
  const columns = columnsOf(featureNames);
  return Object.fromEntries(featureNames.map((name, i) => [name, vector[columns[i] as number] ?? Number.NaN]));
}

function toInput(input: scoringV1.PredictRequest['input'], cardNumbersInIds: CardNumberRule): PredictInput {
  if (!input) throw invalidField('input', 'must be a transaction or features');
  if (input.$case === 'features') {
    return { kind: 'features', vector: vectorFromNamed(input.value.values, 'features.values') };
  }
  return { kind: 'transaction', transaction: checkTransaction(input.value, FIELDS, cardNumbersInIds) };
}
