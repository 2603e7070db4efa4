import { labelSourceRank } from '@fraudflow/core';
import type { ScoredTransaction, ValidatedLabel } from '@fraudflow/contracts';
import type { DecodedRecord } from '@fraudflow/messaging';
import type { LabelRow, ScoredRow } from '../counting/monitor-row.js';

const CHAMPION: ScoredTransaction['model_role'] = 'champion';

export function toScoredRow({ offset, value }: DecodedRecord<ScoredTransaction>): ScoredRow {
  return {
    offset,
    transactionId: value.transaction.transaction_id,
    eventAtMs: Date.parse(value.transaction.occurred_at),
    model: value.model_name,
    version: value.model_version,
    features: value.features,
    probability: probabilityOf(value),
    threshold: value.threshold,
    isFlagged: value.is_fraud,
    isChampion: value.model_role === CHAMPION,
  };
}

export function toLabelRow({ offset, value }: DecodedRecord<ValidatedLabel>): LabelRow {
  return {
    offset,
    transactionId: value.transaction_id,
    isFraud: value.is_fraud,
    eventAtMs: Date.parse(value.occurred_at),
    labelledAtMs: Date.parse(value.labelled_at),
    sourceRank: labelSourceRank(value.source),
  };
}

/** NaN if the probability is null, absent or outside 0 to 1: the scorer had no valid score. */
function probabilityOf({ fraud_probability: probability }: ScoredTransaction): number {
  return typeof probability === 'number' && probability >= 0 && probability <= 1 ? probability : Number.NaN;
}
