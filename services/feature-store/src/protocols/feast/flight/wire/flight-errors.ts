import { cardNumberCode, HOLDS_CARD_NUMBER, holdsCardNumber } from '@fraudflow/cards';
import { AppError, asError, type ErrorKind } from '@fraudflow/core';
import { feastErrorDetail } from '../../errors/coded-error.js';

/** Prefix by which Feast's SDK finds the JSON error object in the text of a Flight error. */
const MARK = 'Flight error: ';

/** An error of the caller for which Feast has no specific class. */
export function flightMistake(message: string, field: string): AppError {
  return flightError('invalid_input', 'FeastError', message, field);
}

/** A cell that holds a card number; the value is not repeated. */
export function flightCardNumber(column: string, row: number): AppError {
  const message = feastErrorDetail('FeastError', `${column}: row ${row} ${HOLDS_CARD_NUMBER}`);
  return new AppError('invalid_input', MARK + message, { code: cardNumberCode(column), field: column });
}

/** Maximum length of a caller's text in an error. */
const SHOWN_LENGTH = 100;

/** A value for an error text: truncated, escaped, and without card numbers. */
export function shown(value: unknown): string {
  const text = typeof value === 'object' ? '' : String(value as bigint);
  if (holdsCardNumber(text)) return `a ${typeof value} that holds a card number`;
  if (typeof value === 'string') {
    return value.length > SHOWN_LENGTH ? `${JSON.stringify(value.slice(0, SHOWN_LENGTH))}…` : JSON.stringify(value);
  }
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : String(value as bigint);
}

/** An error that the SDK raises as one of its classes in `feast.errors`. */
export function flightError(kind: ErrorKind, className: string, message: string, field?: string): AppError {
  return new AppError(kind, MARK + feastErrorDetail(className, message), field === undefined ? {} : { field });
}

/**
 * Converts an error to one that the SDK can read: a Feast error keeps its class, and any other AppError becomes a
 * FeastError with its message. Unexpected errors are not converted, so that no internal detail reaches the caller.
 */
export function asFlightError(thrown: unknown): unknown {
  if (!(thrown instanceof AppError) || thrown.message.startsWith(MARK)) return asError(thrown);
  if (thrown.kind === 'assertion_failed') return thrown;
  const text = isFeastDetail(thrown) ? thrown.message : feastErrorDetail('FeastError', thrown.message);
  return new AppError(thrown.kind, MARK + text, {
    code: thrown.code,
    cause: thrown,
    ...(thrown.field === undefined ? {} : { field: thrown.field }),
  });
}

function isFeastDetail(error: AppError): boolean {
  return error.message.startsWith('{"module":"feast.errors"');
}
