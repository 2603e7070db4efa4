import { CURRENCIES, idSchema, MAX_AMOUNT, type ValidatedTransaction } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { MINOR_PER_MAJOR } from '@fraudflow/features';

/** A transaction a caller asks about before it has entered the log. Checked: see `checkTransaction`. */
export interface TransactionInHand {
  readonly transactionId: string;
  /** Event time, whole ms since the epoch, > 0. */
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  /** Whole minor units, 0 or more. */
  readonly amountMinor: number;
  readonly currency: string;
}

/** How a transport spells the fields, for messages that name them. */
export type FieldNames = Readonly<Record<keyof TransactionInHand, string>>;

const MAX_AMOUNT_MINOR = MAX_AMOUNT * MINOR_PER_MAJOR;
/** Year 9999: later instants have no four-digit ISO form. */
const MAX_INSTANT_MS = 253_402_300_799_999;
const KNOWN_CURRENCIES: ReadonlySet<string> = new Set(CURRENCIES);

/**
 * The same rules as at the door of the log, so that a request and its transaction are judged alike.
 * @throws AppError invalid_input FIELD_INVALID with the offending field as the caller spells it.
 */
export function checkTransaction(transaction: TransactionInHand, names: FieldNames): TransactionInHand {
  checkId(transaction.transactionId, names.transactionId);
  checkId(transaction.customerId, names.customerId);
  checkId(transaction.terminalId, names.terminalId);
  checkWhole(transaction.occurredAtMs, 1, MAX_INSTANT_MS, names.occurredAtMs);
  checkWhole(transaction.amountMinor, 0, MAX_AMOUNT_MINOR, names.amountMinor);
  if (!KNOWN_CURRENCIES.has(transaction.currency)) {
    throw invalidField(names.currency, `must be one of ${CURRENCIES.join(', ')}`);
  }
  return transaction;
}

/** @throws AppError invalid_input FIELD_INVALID unless it is a probability. */
export function checkThreshold(threshold: number | undefined, field: string): number | undefined {
  if (threshold === undefined || (threshold >= 0 && threshold <= 1)) return threshold;
  throw invalidField(field, 'must be a number from 0 to 1');
}

/** An error that names the field and says what is expected of it. */
export function invalidField(field: string, expectation: string): Error {
  return invalidInput(`${field} ${expectation}`, { code: 'FIELD_INVALID', field });
}

/** The canonical form records carry. */
export function canonical(transaction: TransactionInHand): ValidatedTransaction {
  return {
    transaction_id: transaction.transactionId,
    occurred_at: new Date(transaction.occurredAtMs).toISOString(),
    customer_id: transaction.customerId,
    terminal_id: transaction.terminalId,
    amount_minor: transaction.amountMinor,
    currency: transaction.currency,
  };
}

function checkId(id: string, field: string): void {
  if (!idSchema.safeParse(id).success) {
    throw invalidField(field, 'must be 1 to 64 of A-Z a-z 0-9 . _ : @ - and start with a letter or digit');
  }
}

function checkWhole(value: number, min: number, max: number, field: string): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw invalidField(field, `must be a whole number from ${min} to ${max}`);
}
