import { fraudLabelRecord, type HandbookRow, type KeyedRecord, transactionRecord } from '@fraudflow/bench';

/**
 * The records of a row: its transaction and, for a fraud, its label directly after it. The label counts from the time
 * it states, so it may be in the log long before that time.
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
