import type { ScoredTransaction, ValidatedLabel } from '@fraudflow/contracts';
import type { DecodedRecord } from '@fraudflow/messaging';
import type { LabelRow, ScoredRow } from '../monitoring/monitor-row.js';

/** Rows of the records that have a score; a model may have given none (reason SCORE_UNAVAILABLE). */
export function toScoredRows(records: readonly DecodedRecord<ScoredTransaction>[]): ScoredRow[] {
  return records.flatMap((record) => {
    const { fraud_probability: probability } = record.value;
    return probability === null ? [] : [toScoredRow(record, probability)];
  });
}

function toScoredRow({ offset, value }: DecodedRecord<ScoredTransaction>, probability: number): ScoredRow {
  return {
    offset,
    transactionId: value.transaction.transaction_id,
    eventAtMs: Date.parse(value.transaction.occurred_at),
    model: value.model_name,
    version: value.model_version,
    features: value.features,
    probability,
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
