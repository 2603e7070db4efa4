import { counterpartOf, idHash, type IdHash, type StateEvent } from '@fraudflow/features';
import type { ValidatedTransaction } from '@fraudflow/contracts';
import { parseInstant } from './canonical-instant.js';
import { TransactionScanner } from './transaction-scanner.js';

/** What the stages need of a transaction, and its JSON as it came: it is handed on, not written anew. */
export interface StreamTransaction extends StateEvent {
  readonly idHash: IdHash;
  /** Of the base currency where the transaction's is another. */
  readonly amountMinor: number;
  readonly customerId: string;
  readonly terminalId: string;
  /** Its JSON is bytes `from` to `to`. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

const scanner = new TransactionScanner();

/** Whose rings a transaction enters: the byte of the id on the other side goes with it. */
export type Side = 'customer' | 'terminal';

/** The transaction whose JSON begins at `from`, undefined if only a JSON parser can decide. */
export function scanTransaction(bytes: Buffer, from: number, side: Side): StreamTransaction | undefined {
  if (!scanner.scan(bytes, from)) return undefined;
  const { customerId, terminalId } = scanner;
  return {
    idHash: idHash(scanner.transactionId),
    occurredAtMs: scanner.occurredAtMs,
    amountMinor: scanner.windowAmountMinor,
    counterpart: counterpartOf(side === 'customer' ? terminalId : customerId),
    customerId,
    terminalId,
    bytes,
    from,
    to: scanner.end,
  };
}

/** The same of a transaction that was parsed. @param text bytes `from` to `to` are its JSON as it was written */
export function parsedTransaction(
  transaction: ValidatedTransaction,
  { bytes, from, to }: Pick<StreamTransaction, 'bytes' | 'from' | 'to'>,
  side: Side,
): StreamTransaction {
  const { customer_id: customerId, terminal_id: terminalId } = transaction;
  return {
    idHash: idHash(transaction.transaction_id),
    occurredAtMs: parseInstant(transaction.occurred_at),
    amountMinor: transaction.base_amount_minor ?? transaction.amount_minor,
    counterpart: counterpartOf(side === 'customer' ? terminalId : customerId),
    customerId,
    terminalId,
    bytes,
    from,
    to,
  };
}
