import type { SimulatedTransaction } from '@fraudflow/simulator';
import { type KeyedRecord, transactionRecord } from '../../replay/topic-writer.js';

/** A simulated transaction as a producer would send it; the truth about fraud stays behind. */
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
