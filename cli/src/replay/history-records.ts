import { type featuresV1, LABEL_SOURCES } from '@fraudflow/contracts';
import { CURRENCIES, decimalsOf, failedPrecondition, toMajorUnits } from '@fraudflow/core';
import { type KeyedRecord, labelRecord, transactionRecord } from './topic-writer.js';

/**
 * The record an event of the stored history came in as. Fields the store does not keep (card tokens, a producer's own)
 * are not in it.
 * @throws AppError failed_precondition for a currency or a source that the topics do not know
 */
export function historyRecord({ event }: featuresV1.HistoryEvent): KeyedRecord {
  switch (event?.$case) {
    case 'transaction':
      return storedTransactionRecord(event.value);
    case 'label':
      return storedLabelRecord(event.value);
    case undefined:
      throw failedPrecondition('the feature store sends events this version does not know: bring both to one version');
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
  if (found === undefined) throw failedPrecondition(`${what} is "${text}"; the topic takes ${values.join(', ')}`);
  return found;
}
