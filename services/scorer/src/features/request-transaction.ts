import { type CardNumberRule, cardNumberRefused, holdsRefusedCardNumber } from '@fraudflow/cards';
import { idSchema, MAX_FOREIGN_AMOUNT, type Transaction, type ValidatedTransaction } from '@fraudflow/contracts';
import { invalidInput, minorUnitDecimals, minorUnitScale } from '@fraudflow/core';

/** The transaction of a request, which need not be in the log yet. Validated by `checkTransaction`. */
export interface RequestTransaction extends Transaction {
  /** The amount in the base currency; absent if `currency` is the base currency. */
  readonly converted?: ConvertedBaseAmount;
}

/** An amount in the base currency, converted in the same way as by ingestion. Features use this amount. */
export interface ConvertedBaseAmount {
  /** Minor units of the base currency, an integer. */
  readonly amountMinor: number;
  readonly currency: string;
  /** Exchange rate as decimal text. */
  readonly rate: string;
}

/** Names of the fields in a transport's spelling, for error messages. */
export type FieldNames = Readonly<Record<keyof Transaction, string>>;

const MAX_REQUEST_ID = 200;
/** End of the year 9999: later instants have no four-digit ISO 8601 year. */
const MAX_INSTANT_MS = 253_402_300_799_999;

/**
 * Validates a transaction by the rules of ingestion, so that a request and the later record are accepted or refused
 *  * alike.
 * @throws AppError invalid_input FIELD_INVALID with the offending field as the caller spells it; under the rule
 * `refuse` `<FIELD>_IS_CARD_NUMBER` for an id that holds one.
 */
export function checkTransaction(
  transaction: RequestTransaction,
  names: FieldNames,
  cardNumbersInIds: CardNumberRule,
): RequestTransaction {
  checkId(transaction.transactionId, names.transactionId, cardNumbersInIds);
  checkId(transaction.customerId, names.customerId, cardNumbersInIds);
  checkId(transaction.terminalId, names.terminalId, cardNumbersInIds);
  checkWhole(transaction.occurredAtMs, 1, MAX_INSTANT_MS, names.occurredAtMs);
  const decimals = checkedDecimals(transaction.currency, names.currency);
  const maxMinor = Math.min(Number.MAX_SAFE_INTEGER, MAX_FOREIGN_AMOUNT * minorUnitScale(decimals));
  checkWhole(transaction.amountMinor, 0, maxMinor, names.amountMinor);
  return transaction;
}

/** Decimals of a currency's minor unit. @throws AppError invalid_input FIELD_INVALID if it is not an ISO 4217 code. */
export function checkedDecimals(currency: string, field: string): number {
  const decimals = minorUnitDecimals(currency);
  if (decimals !== undefined) return decimals;
  throw invalidField(field, 'must be an ISO 4217 code, e.g. EUR');
}

/**
 * Validates the caller's request id, which is returned and recorded.
 * @throws AppError invalid_input FIELD_INVALID if it is too long; REQUEST_ID_IS_CARD_NUMBER under the rule `refuse`.
 */
export function checkRequestId(requestId: string, field: string, cardNumbersInIds: CardNumberRule): string {
  if (requestId.length > MAX_REQUEST_ID) throw invalidField(field, `must have at most ${MAX_REQUEST_ID} characters`);
  checkNoCard(requestId, field, cardNumbersInIds);
  return requestId;
}

/** Validates a threshold. @throws AppError invalid_input FIELD_INVALID if it is outside 0 to 1. */
export function checkThreshold(threshold: number | undefined, field: string): number | undefined {
  if (threshold === undefined || (threshold >= 0 && threshold <= 1)) return threshold;
  throw invalidField(field, 'must be a number from 0 to 1');
}

/** Creates an error with the field and the expected value. */
export function invalidField(field: string, expectation: string): Error {
  return invalidInput(`${field} ${expectation}`, { code: 'FIELD_INVALID', field });
}

/** The canonical form used in records. */
export function canonical(transaction: RequestTransaction): ValidatedTransaction {
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

/** Applies to ids because they are returned and recorded on `predictions`. */
function checkNoCard(id: string, field: string, rule: CardNumberRule): void {
  if (holdsRefusedCardNumber(id, rule)) throw cardNumberRefused(field);
}

function checkWhole(value: number, min: number, max: number, field: string): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw invalidField(field, `must be a whole number from ${min} to ${max}`);
}
