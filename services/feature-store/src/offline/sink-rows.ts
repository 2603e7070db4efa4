import type { FeaturesEvent, ValidatedLabel } from '@fraudflow/contracts';
import { FEATURE_COUNT, FEATURE_NAMES } from '@fraudflow/features';
import type { FeatureRow, LabelRow } from './offline-store.port.js';

/** A `features` event as an offline row. A feature the event lacks becomes NaN. */
export function toFeatureRow({ transaction, features, feature_service_version }: FeaturesEvent): FeatureRow {
  const vector = new Float64Array(FEATURE_COUNT);
  for (let slot = 0; slot < FEATURE_COUNT; slot++) {
    vector[slot] = features[FEATURE_NAMES[slot] as string] ?? Number.NaN;
  }
  return {
    transactionId: transaction.transaction_id,
    occurredAtMs: Date.parse(transaction.occurred_at),
    customerId: transaction.customer_id,
    terminalId: transaction.terminal_id,
    amountMinor: transaction.amount_minor,
    currency: transaction.currency,
    featureServiceVersion: feature_service_version,
    vector,
  };
}

/** A `labels.validated` event as an offline row. */
export function toLabelRow(label: ValidatedLabel): LabelRow {
  return {
    transactionId: label.transaction_id,
    isFraud: label.is_fraud,
    labelledAtMs: Date.parse(label.labelled_at),
    source: label.source,
    customerId: label.customer_id,
    terminalId: label.terminal_id,
    occurredAtMs: Date.parse(label.occurred_at),
  };
}
