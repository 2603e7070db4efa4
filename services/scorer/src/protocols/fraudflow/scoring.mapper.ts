import type { CardNumberRule } from '@fraudflow/cards';
import { type Outcome, scoringV1 } from '@fraudflow/contracts';
import { vectorFromNamed } from '../../features/named-features.js';
import type { Deadline } from '../../admission/deadline.js';
import type { PredictResult, PredictInput, CheckedRequest } from '../../scoring/predict.service.js';
import { columnsOf } from '../../features/vector.js';
import {
  checkRequestId,
  checkThreshold,
  checkTransaction,
  type FieldNames,
  invalidField,
} from '../../features/request-transaction.js';

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

export function toResponse(result: PredictResult): scoringV1.PredictResponse {
  const { decision } = result;
  return {
    requestId: result.requestId,
    fraudProbability: result.fraudProbability,
    isFraud: decision.isFraud,
    outcome: OUTCOME_ON_WIRE[decision.outcome],
    threshold: decision.threshold,
    modelName: result.modelName,
    modelVersion: result.modelVersion,
    modelRole: 'champion',
    policyVersion: decision.policyVersion,
    reasons: [...decision.reasons],
    features: featuresOf(result),
    inferenceUs: Math.round(result.inferenceUs),
    staleFeatures: result.isStale,
  };
}

function featuresOf({ featureNames, vector }: PredictResult): Record<string, number> {
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
