import { counterpartOf, idHash, type IdHash, type StateEvent } from '@fraudflow/features';
import type { ValidatedTransaction } from '@fraudflow/contracts';
import { parseInstant } from './canonical-instant.js';
import { TransactionScanner } from './transaction-scanner.js';

/** Fields of a transaction that the stages need, and its original JSON, which is passed on without re-encoding. */
export interface StreamTransaction extends StateEvent {
  readonly idHash: IdHash;
  /** Minor units of the base currency, converted if the transaction has another currency. */
  readonly amountMinor: number;
  readonly customerId: string;
  readonly terminalId: string;
  /** The record; the JSON of the transaction is bytes `from` to `to`. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

const scanner = new TransactionScanner();

/** The entity whose rings a transaction enters; its row also holds a byte of the other entity's id. */
export type Side = 'customer' | 'terminal';

/** Scans the transaction whose JSON begins at `from`; undefined if a JSON parser has to decide. */
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

/** The same for a parsed transaction. @param text its original JSON is bytes `from` to `to` */
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
