import { MAX_AMOUNT_MINOR, MINOR_PER_MAJOR } from '@fraudflow/features';
import { badRequest } from '../protocols/feast/errors/feast-error.js';
import { parseInstant, toMs } from './instant.js';

/** Ids are keys in Redis and Kafka; what is longer is a mistake. */
const MAX_ID_LENGTH = 1_024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Where a value stands in the request, for error messages. */
export interface CellPlace {
  /** The part of the body that holds the column; `entities` if absent. */
  readonly root?: 'df';
  readonly column: string;
  readonly row: number;
}

/**
 * An id as a string, as both entities are typed. A whole number is taken for its digits, because data frames turn ids
 * into numbers; null is an unknown entity.
 * @throws RequestError for fractions, numbers a double cannot distinguish, booleans and structures
 */
export function toEntityId(raw: unknown, place: CellPlace): string | null {
  if (typeof raw === 'string') return checkedId(raw, place);
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'bigint') return raw.toString();
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return String(raw);
  throw wrong(place, typeof raw === 'number' ? 'is not an exact id; send ids as strings' : 'must be a string');
}

/** Whole minor units of an amount in major units; NaN = none. @throws RequestError if it is no amount */
export function toAmountMinor(raw: unknown, place: CellPlace): number {
  if (raw === null || raw === undefined) return Number.NaN;
  const major = toNumber(raw);
  const minor = major === undefined ? Number.NaN : Math.round(major * MINOR_PER_MAJOR);
  if (minor >= 0 && minor <= MAX_AMOUNT_MINOR) return minor;
  throw wrong(place, `must be a number from 0 to ${MAX_AMOUNT_MINOR / MINOR_PER_MAJOR}`);
}

/** Event time of a row in ms; 0 = none. @throws RequestError if it is no time after 1970 */
export function toEventTimeMs(raw: unknown, place: CellPlace): number {
  if (raw === null || raw === undefined) return 0;
  const instant = parseInstant(raw);
  const ms = instant === undefined ? 0 : toMs(instant);
  if (ms > 0) return ms;
  throw wrong(place, 'must be a time after 1970: ISO 8601 (without a zone it is UTC), or seconds since the epoch');
}

/** Text of a transaction id; empty = none. @throws RequestError */
export function toTransactionId(raw: unknown, place: CellPlace): string {
  return toEntityId(raw, place) ?? '';
}

/** A finite number, also out of its text. */
export function toNumber(raw: unknown): number | undefined {
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** True for text that UTF-8 and Postgres can hold: no NUL, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}

/**
 * Why a text cannot be an id, as the end of a sentence that begins with its place; undefined if it can. An empty one
 * can.
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
  return badRequest([root ?? 'entities', column, row], reason);
}
