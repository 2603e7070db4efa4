import { BASE_CURRENCY_DECIMALS, roundToMinorUnits, toMajorUnits } from '@fraudflow/core';
import { MAX_AMOUNT_MINOR } from '@fraudflow/features';
import { invalidRequest } from './request-errors.js';
import { parseInstant, toMs } from './instant.js';

/** Longest id in characters. Ids are keys in Redis and Kafka. */
const MAX_ID_LENGTH = 1_024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Place of a value in the request, for error messages. */
export interface CellPlace {
  /** The part of the body that holds the column; `entities` if absent. */
  readonly root?: 'df';
  readonly column: string;
  readonly row: number;
}

/**
 * Converts an id to a string, the type of both entities. A whole number becomes its digits, because data frames turn
 * ids into numbers; null is an unknown entity.
 * @throws AppError invalid_input for fractions, numbers beyond the exact range of a double, booleans and structures
 */
export function toEntityId(raw: unknown, place: CellPlace): string | null {
  if (typeof raw === 'string') return checkedId(raw, place);
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'bigint') return raw.toString();
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return String(raw);
  throw wrong(place, typeof raw === 'number' ? 'is not an exact id; send ids as strings' : 'must be a string');
}

/** Whole minor units of an amount in major units; NaN = none. @throws AppError invalid_input if it is not an amount */
export function toAmountMinor(raw: unknown, place: CellPlace): number {
  if (raw === null || raw === undefined) return Number.NaN;
  const major = toNumber(raw);
  const minor = major === undefined ? Number.NaN : roundToMinorUnits(major, BASE_CURRENCY_DECIMALS);
  if (minor >= 0 && minor <= MAX_AMOUNT_MINOR) return minor;
  throw wrong(place, `must be a number from 0 to ${toMajorUnits(MAX_AMOUNT_MINOR, BASE_CURRENCY_DECIMALS)}`);
}

/** Event time of a row in ms; 0 = none. @throws AppError invalid_input if it is not a time after 1970 */
export function toEventTimeMs(raw: unknown, place: CellPlace): number {
  if (raw === null || raw === undefined) return 0;
  const instant = parseInstant(raw);
  const ms = instant === undefined ? 0 : toMs(instant);
  if (ms > 0) return ms;
  throw wrong(place, 'must be a time after 1970: ISO 8601 (without a zone it is UTC), or seconds since the epoch');
}

/** Text of a transaction id; empty = none. @throws AppError invalid_input */
export function toTransactionId(raw: unknown, place: CellPlace): string {
  return toEntityId(raw, place) ?? '';
}

/** A finite number from a number, a bigint or a decimal text; undefined for anything else. */
export function toNumber(raw: unknown): number | undefined {
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** True for text that UTF-8 and Postgres can store: no NUL, no lone surrogate. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}

/**
 * Why a text is not a valid id, as the end of a sentence that begins with its place; undefined if it is valid. An empty
 * text is valid.
 */
export function idProblem(id: string): string | undefined {
  if (!isStorableText(id)) return 'must be well-formed text without NUL';
  return id.length > MAX_ID_LENGTH ? `must not be longer than ${MAX_ID_LENGTH} characters` : undefined;
}

function checkedId(id: string, place: CellPlace): string {
  const problem = idProblem(id);
  if (problem !== undefined) throw wrong(place, problem);
  return id;
}

function wrong({ root, column, row }: CellPlace, reason: string): Error {
  return invalidRequest([root ?? 'entities', column, row], reason);
}
