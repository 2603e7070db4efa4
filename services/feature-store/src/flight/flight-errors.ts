import { cardNumberCode, HOLDS_CARD_NUMBER, holdsCardNumber } from '@fraudflow/cards';
import { AppError, asError, type ErrorKind } from '@fraudflow/core';
import { feastErrorDetail } from '../feast-registry/feast-error.js';

/** What Feast's SDK looks for in the text of a Flight error before it reads the JSON error object. */
const MARK = 'Flight error: ';

/** A caller's mistake that Feast has no class of its own for. */
export function flightMistake(message: string, field: string): AppError {
  return flightError('invalid_input', 'FeastError', message, field);
}

/** A cell that holds a card number; the value is not repeated. */
export function flightCardNumber(column: string, row: number): AppError {
  const message = feastErrorDetail('FeastError', `${column}: row ${row} ${HOLDS_CARD_NUMBER}`);
  return new AppError('invalid_input', MARK + message, { code: cardNumberCode(column), field: column });
}

/** Characters of a caller's text that an error repeats. */
const SHOWN_LENGTH = 100;

/** A value as an error shows it: cut, without characters that do not print, and without card numbers. */
export function shown(value: unknown): string {
  const text = typeof value === 'object' ? '' : String(value as bigint);
  if (holdsCardNumber(text)) return `a ${typeof value} that holds a card number`;
  if (typeof value === 'string') {
    return value.length > SHOWN_LENGTH ? `${JSON.stringify(value.slice(0, SHOWN_LENGTH))}…` : JSON.stringify(value);
  }
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : String(value as bigint);
}

/** An error the SDK raises as one of its own classes. */
export function flightError(kind: ErrorKind, className: string, message: string, field?: string): AppError {
  return new AppError(kind, MARK + feastErrorDetail(className, message), {
    code: kind.toUpperCase(),
    ...(field === undefined ? {} : { field }),
  });
}

/**
 * Any error as one that the SDK can read: a Feast error keeps its class, another AppError becomes a FeastError with its message, and
 * what we did not expect stays what it is, so that nothing of our inside is shown.
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
