import type { HandbookRow } from './handbook/handbook-row.js';
import { type KeyedRecord, labelRecord, transactionRecord } from './topic-writer.js';

/**
 * The records of a row: its transaction and, for a fraud, its label right behind. The label says when it became
 * available and counts from then on, so it may lie in the log long before that time.
 */
export function replayRecords(row: HandbookRow, labelDelayMs: number): readonly KeyedRecord[] {
  const transaction = transactionRecord({
    transaction_id: row.transactionId,
    occurred_at: new Date(row.occurredAtMs).toISOString(),
    customer_id: row.customerId,
    terminal_id: row.terminalId,
    amount: row.amount,
    currency: 'EUR',
  });
  return row.isFraud ? [transaction, fraudLabelRecord(row, row.occurredAtMs + labelDelayMs)] : [transaction];
}

/** A chargeback that names its transaction's own keys and time. */
export function fraudLabelRecord(
  row: Pick<HandbookRow, 'transactionId' | 'occurredAtMs' | 'customerId' | 'terminalId'>,
  labelledAtMs: number,
): KeyedRecord {
  return labelRecord({
    transaction_id: row.transactionId,
    is_fraud: true,
    labelled_at: new Date(labelledAtMs).toISOString(),
    source: 'chargeback',
    customer_id: row.customerId,
    terminal_id: row.terminalId,
    occurred_at: new Date(row.occurredAtMs).toISOString(),
  });
}
