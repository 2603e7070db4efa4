import { MAX_AMOUNT_MINOR } from '@fraudflow/features';
import { DataType, TimeUnit, type Vector } from 'apache-arrow';
import { parseInstant, toMs } from '../../../../values/instant.js';
import { ColumnCells, scaled } from './column-cells.js';
import { flightError, flightMistake, shown } from '../wire/flight-errors.js';

/** Units of a timestamp per millisecond. Seconds also map to 1 and are multiplied by 1,000 after the division. */
const PER_MS: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1n,
  [TimeUnit.MICROSECOND]: 1_000n,
  [TimeUnit.NANOSECOND]: 1_000_000n,
};
const SECOND_MS = 1_000;
const LARGEST_FRACTION = 1 - 2 ** -12;
/** Upper bound of pooled ids. Entity ids repeat, transaction ids do not, so a larger pool saves nothing. */
const MAX_SHARED_IDS = 50_000;

/** True for a column that can hold times of events. */
export function isInstantColumn(column: Vector): boolean {
  return DataType.isTimestamp(column.type) || DataType.isDate(column.type);
}

/**
 * Event times in ms with fractions. They are never rounded up to the next ms, so that no later event is visible to a
 * row. Reads timestamps of any unit, dates and ISO text; times without a zone are UTC.
 * @throws AppError invalid_input, a Flight error, for nulls and for values that are not a time
 */
export function readInstants(column: Vector, name: string): Float64Array {
  if (column.nullCount > 0) throw flightMistake(`${name}: row ${firstNull(column)} has no time`, name);
  if (DataType.isTimestamp(column.type)) return readTimestamps(column, column.type.unit);
  const atMs = new Float64Array(column.length);
  const isDate = DataType.isDate(column.type);
  for (let row = 0; row < atMs.length; row++) {
    const value: unknown = column.get(row);
    // Dates are returned as milliseconds; a number in a numeric column is not a time.
    atMs[row] = isDate && typeof value === 'number' ? value : instantOf(value, name, row);
  }
  return atMs;
}

function readTimestamps(column: Vector, unit: TimeUnit): Float64Array {
  const atMs = new Float64Array(column.length);
  const factor = unit === TimeUnit.SECOND ? SECOND_MS : 1;
  const perMs = PER_MS[unit];
  let row = 0;
  for (const { values, length } of column.data) {
    const raw = values as BigInt64Array;
    for (let i = 0; i < length; i++) atMs[row++] = millisOf(raw[i] ?? 0n, perMs) * factor;
  }
  return atMs;
}

/**
 * A double of present-day ms has a resolution of 2^-12: a fraction that would round up to 1 is reduced to the largest
 * fraction below 1.
 */
function millisOf(value: bigint, perMs: bigint): number {
  const whole = floorDivide(value, perMs);
  const rest = Number(value - whole * perMs);
  return Number(whole) + Math.min(rest / Number(perMs), LARGEST_FRACTION);
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

function instantOf(value: unknown, name: string, row: number): number {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant !== undefined) return toMs(instant);
  if (value instanceof Date) return value.getTime();
  throw flightError('invalid_input', 'EntityDFNotDateTime', `${name}: row ${row} is not a time: ${shown(value)}`, name);
}

/**
 * Ids of some rows as text. Whole numbers are converted to decimal text, because files often hold numeric ids. Null
 * means no id. Equal ids share one string object.
 * @param rows row numbers in the column
 * @throws AppError invalid_input, a Flight error, for another type
 */
export function readIds(column: Vector, name: string, rows: Uint32Array): readonly (string | null)[] {
  const shared = new Map<string, string>();
  return Array.from(rows, (row) => {
    const id = idOf(column.get(row), name, row);
    if (id === null) return null;
    const known = shared.get(id);
    if (known !== undefined) return known;
    if (shared.size < MAX_SHARED_IDS) shared.set(id, id);
    return id;
  });
}

function idOf(value: unknown, name: string, row: number): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') {
    // pandas converts an integer column with missing values to doubles, with NaN for missing.
    if (Number.isNaN(value)) return null;
    if (Number.isSafeInteger(value)) return value.toString();
  }
  throw flightMistake(`${name}: row ${row} holds no id: ${shown(value)}`, name);
}

/**
 * Amounts of some rows in whole minor units; NaN = no amount. Decimals of any width and scale are read exactly.
 * @param minorDigits digits of a minor unit, e.g. 2 for cents
 * @throws AppError invalid_input, a Flight error that names the row
 */
export function readAmounts(column: Vector, minorDigits: number, rows: Uint32Array): Float64Array {
  const cells = new ColumnCells(column);
  const minorPerMajor = 10 ** minorDigits;
  return Float64Array.from(rows, (row) => {
    const minor = cells.holdsDecimals
      ? decimalAmount(cells, row, minorDigits)
      : Math.round(toNumber(column.get(row), row) * minorPerMajor);
    if (Number.isNaN(minor) || (minor >= 0 && minor <= MAX_AMOUNT_MINOR)) return minor;
    throw flightMistake(`amount: row ${row} must be from 0 to ${MAX_AMOUNT_MINOR / minorPerMajor}`, 'amount');
  });
}

function decimalAmount(cells: ColumnCells, row: number, minorDigits: number): number {
  const decimal = cells.decimalAt(row);
  return decimal === null ? Number.NaN : Number(scaled(decimal, minorDigits));
}

function toNumber(value: unknown, row: number): number {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return Number.NaN;
  const isNumeric = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
  const number = isNumeric && value !== '' ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw flightMistake(`amount: row ${row} holds no number: ${shown(value)}`, 'amount');
}

function firstNull(column: Vector): number {
  for (let row = 0; row < column.length; row++) if (!column.isValid(row)) return row;
  return -1;
}
