import { idHash, type IdHash, type StateEvent } from '@fraudflow/features';
import type { ValidatedTransaction } from '@fraudflow/contracts';
import { parseInstant } from './canonical-instant.js';
import { TransactionScanner } from './transaction-scanner.js';

/** What the stages need of a transaction, and its JSON as it came: it is handed on, not written anew. */
export interface StreamTransaction extends StateEvent {
  readonly idHash: IdHash;
  readonly customerId: string;
  readonly terminalId: string;
  /** Its JSON is bytes `from` to `to`. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

const scanner = new TransactionScanner();

/** The transaction whose JSON begins at `from`, undefined if only a JSON parser can tell. */
export function scanTransaction(bytes: Buffer, from: number): StreamTransaction | undefined {
  if (!scanner.scan(bytes, from)) return undefined;
  return {
    idHash: idHash(scanner.transactionId),
    occurredAtMs: scanner.occurredAtMs,
    amountMinor: scanner.amountMinor,
    customerId: scanner.customerId,
    terminalId: scanner.terminalId,
    bytes,
    from,
    to: scanner.end,
  };
}

/** The same of a transaction that was parsed. @param bytes its JSON */
export function parsedTransaction(transaction: ValidatedTransaction, bytes: Buffer): StreamTransaction {
  return {
    idHash: idHash(transaction.transaction_id),
    occurredAtMs: parseInstant(transaction.occurred_at),
    amountMinor: transaction.amount_minor,
    customerId: transaction.customer_id,
    terminalId: transaction.terminal_id,
    bytes,
    from: 0,
    to: bytes.length,
  };
}
