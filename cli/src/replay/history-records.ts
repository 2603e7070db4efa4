import { type featuresV1 } from '@fraudflow/contracts';
import { CURRENCIES, decimalsOf, failedPrecondition, LABEL_SOURCES, toMajorUnits } from '@fraudflow/core';
import { type KeyedRecord, labelRecord, transactionRecord } from '@fraudflow/bench';

/**
 * The original record of an event of the stored history, without fields that the store does not keep: card tokens and a
 * producer's own fields.
 * @throws AppError failed_precondition for a currency or a source that the topics do not accept
 */
export function historyRecord({ event }: featuresV1.HistoryEvent): KeyedRecord {
  switch (event?.$case) {
    case 'transaction':
      return storedTransactionRecord(event.value);
    case 'label':
      return storedLabelRecord(event.value);
    case undefined:
      throw failedPrecondition(
        'the feature store sends events that this version does not support: run both at the same version',
      );
  }
}

function storedTransactionRecord(stored: featuresV1.Transaction): KeyedRecord {
  const currency = known(CURRENCIES, stored.currency, `currency of transaction ${stored.transactionId}`);
  return transactionRecord({
    transaction_id: stored.transactionId,
    occurred_at: new Date(stored.occurredAtMs).toISOString(),
    customer_id: stored.customerId,
    terminal_id: stored.terminalId,
    amount: toMajorUnits(stored.amountMinor, decimalsOf(currency)),
    currency,
  });
}

function storedLabelRecord(stored: featuresV1.HistoryLabel): KeyedRecord {
  return labelRecord({
    transaction_id: stored.transactionId,
    is_fraud: stored.isFraud,
    labelled_at: new Date(stored.labelledAtMs).toISOString(),
    source: known(LABEL_SOURCES, stored.source, `label source of transaction ${stored.transactionId}`),
    customer_id: stored.customerId,
    terminal_id: stored.terminalId,
    occurred_at: new Date(stored.occurredAtMs).toISOString(),
  });
}

function known<Value extends string>(values: readonly Value[], text: string, what: string): Value {
  const found = values.find((value) => value === text);
  if (found === undefined) throw failedPrecondition(`${what} is "${text}"; the topic accepts ${values.join(', ')}`);
  return found;
}
