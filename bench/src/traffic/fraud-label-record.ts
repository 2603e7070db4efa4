import { type KeyedRecord, labelRecord } from './topic-writer.js';

/** The keys and the event time of a transaction. */
export interface LabelledTransaction {
  readonly transactionId: string;
  /** ms since the epoch. */
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
}

/** The record of a chargeback. It repeats the keys and the event time of its transaction. */
export function fraudLabelRecord(transaction: LabelledTransaction, labelledAtMs: number): KeyedRecord {
  return labelRecord({
    transaction_id: transaction.transactionId,
    is_fraud: true,
    labelled_at: new Date(labelledAtMs).toISOString(),
    source: 'chargeback',
    customer_id: transaction.customerId,
    terminal_id: transaction.terminalId,
    occurred_at: new Date(transaction.occurredAtMs).toISOString(),
  });
}
