import type { ScoredTransaction, ValidatedLabel } from '@fraudflow/contracts';
import type { DecodedRecord } from '@fraudflow/messaging';
import type { LabelRow, ScoredRow } from '../monitoring/monitor-row.js';

export function toScoredRow({ offset, value }: DecodedRecord<ScoredTransaction>): ScoredRow {
  return {
    offset,
    transactionId: value.transaction.transaction_id,
    eventAtMs: Date.parse(value.transaction.occurred_at),
    model: value.model_name,
    version: value.model_version,
    features: value.features,
    probability: value.fraud_probability,
    threshold: value.threshold,
  };
}

export function toLabelRow({ offset, value }: DecodedRecord<ValidatedLabel>): LabelRow {
  return {
    offset,
    transactionId: value.transaction_id,
    isFraud: value.is_fraud,
    eventAtMs: Date.parse(value.occurred_at),
    labelledAtMs: Date.parse(value.labelled_at),
  };
}
