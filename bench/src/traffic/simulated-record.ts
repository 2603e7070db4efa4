import type { SimulatedTransaction } from '@fraudflow/simulator';
import { type KeyedRecord, transactionRecord } from './topic-writer.js';

/** The record of a simulated transaction, without the information whether it is a fraud. */
export function simulatedRecord(transaction: SimulatedTransaction): KeyedRecord {
  return transactionRecord({
    transaction_id: transaction.transactionId,
    occurred_at: new Date(transaction.occurredAtMs).toISOString(),
    customer_id: transaction.customerId,
    terminal_id: transaction.terminalId,
    amount: transaction.amount,
    currency: 'EUR',
  });
}
