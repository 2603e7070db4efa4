import { type CardNumberRule, cardNumberRefused, holdsRefusedCardNumber } from '@fraudflow/cards';
import { idSchema, MAX_FOREIGN_AMOUNT, type ValidatedTransaction } from '@fraudflow/contracts';
import { invalidInput, minorUnitDecimals, minorUnitScale } from '@fraudflow/core';

/** A transaction a caller asks about before it has entered the log. Checked: see `checkTransaction`. */
export interface TransactionInHand {
  readonly transactionId: string;
  /** Event time, whole ms since the epoch, > 0. */
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  /** Whole minor units of the currency (ISO 4217), 0 or more. */
  readonly amountMinor: number;
  readonly currency: string;
  /** The amount in the base currency; absent if it is in it already. */
  readonly converted?: ConvertedBaseAmount;
}

/** An amount converted as ingestion converts it; features are computed from it. */
export interface ConvertedBaseAmount {
  /** Whole minor units of the base currency. */
  readonly amountMinor: number;
  readonly currency: string;
  /** Decimal text. */
  readonly rate: string;
}

/** How a transport spells the fields, for messages that name them. */
export type FieldNames = Readonly<Record<keyof Omit<TransactionInHand, 'converted'>, string>>;

const MAX_REQUEST_ID = 200;
/** Year 9999: later instants have no four-digit ISO form. */
const MAX_INSTANT_MS = 253_402_300_799_999;

/**
 * The same rules as ingestion's, so that a request and its transaction are judged alike.
 * @throws AppError invalid_input FIELD_INVALID with the offending field as the caller spells it; under the rule `refuse`
 * `<FIELD>_IS_CARD_NUMBER` for an id that holds one.
 */
export function checkTransaction(
  transaction: TransactionInHand,
  names: FieldNames,
  cardNumbersInIds: CardNumberRule,
): TransactionInHand {
  checkId(transaction.transactionId, names.transactionId, cardNumbersInIds);
  checkId(transaction.customerId, names.customerId, cardNumbersInIds);
  checkId(transaction.terminalId, names.terminalId, cardNumbersInIds);
  checkWhole(transaction.occurredAtMs, 1, MAX_INSTANT_MS, names.occurredAtMs);
  const decimals = checkedDecimals(transaction.currency, names.currency);
  const maxMinor = Math.min(Number.MAX_SAFE_INTEGER, MAX_FOREIGN_AMOUNT * minorUnitScale(decimals));
  checkWhole(transaction.amountMinor, 0, maxMinor, names.amountMinor);
  return transaction;
}

/** Decimals of a currency's minor unit. @throws AppError invalid_input FIELD_INVALID for no ISO 4217 code. */
export function checkedDecimals(currency: string, field: string): number {
  const decimals = minorUnitDecimals(currency);
  if (decimals !== undefined) return decimals;
  throw invalidField(field, 'must be an ISO 4217 code, e.g. EUR');
}

/**
 * The name that a caller gives a request; it is answered and recorded.
 * @throws AppError invalid_input FIELD_INVALID if it is too long; REQUEST_ID_IS_CARD_NUMBER under the rule `refuse`.
 */
export function checkRequestId(requestId: string, field: string, cardNumbersInIds: CardNumberRule): string {
  if (requestId.length > MAX_REQUEST_ID) throw invalidField(field, `must have at most ${MAX_REQUEST_ID} characters`);
  checkNoCard(requestId, field, cardNumbersInIds);
  return requestId;
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
    ...(transaction.converted ? baseFields(transaction.converted) : {}),
  };
}

function baseFields({ amountMinor, currency, rate }: ConvertedBaseAmount): Partial<ValidatedTransaction> {
  return { base_amount_minor: amountMinor, base_currency: currency, exchange_rate: rate };
}

function checkId(id: string, field: string, rule: CardNumberRule): void {
  if (!idSchema.safeParse(id).success) {
    throw invalidField(field, 'must be 1 to 64 of A-Z a-z 0-9 . _ : @ - and start with a letter or digit');
  }
  checkNoCard(id, field, rule);
}

/** Ids are answered and recorded on `predictions`. */
function checkNoCard(id: string, field: string, rule: CardNumberRule): void {
  if (holdsRefusedCardNumber(id, rule)) throw cardNumberRefused(field);
}

function checkWhole(value: number, min: number, max: number, field: string): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw invalidField(field, `must be a whole number from ${min} to ${max}`);
}
