import type { SimulatedTransaction } from '../src/transaction.js';

/** Column names of the handbook's transaction files, in order. */
export const HANDBOOK_COLUMNS = [
  'TRANSACTION_ID',
  'TX_DATETIME',
  'CUSTOMER_ID',
  'TERMINAL_ID',
  'TX_AMOUNT',
  'TX_FRAUD',
  'TX_FRAUD_SCENARIO',
] as const;

/** A transaction as a line of such a file: ids as bare numbers, time in UTC without a zone. No line end. */
export function handbookLine(transaction: SimulatedTransaction): string {
  const datetime = new Date(transaction.occurredAtMs).toISOString().slice(0, 19).replace('T', ' ');
  return [
    Number(transaction.transactionId.slice(1)),
    datetime,
    Number(transaction.customerId.slice(1)),
    Number(transaction.terminalId.slice(1)),
    transaction.amount,
    transaction.isFraud ? 1 : 0,
    transaction.scenario,
  ].join(',');
}
