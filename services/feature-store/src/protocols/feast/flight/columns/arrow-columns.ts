import type { FeatureDtype } from '@fraudflow/features';
import { MAX_NANOS_SECONDS } from '../../../../values/instant.js';
import {
  Bool,
  type Data,
  type DataType,
  Float64,
  Int64,
  makeData,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MS = 1_000_000n;
const WORD = 2 ** 32;

/** The Arrow type of a feature. */
export function arrowType(dtype: FeatureDtype): DataType {
  switch (dtype) {
    case 'double':
      return new Float64();
    case 'int64':
      return new Int64();
    case 'string':
      return new Utf8();
    case 'bool':
      return new Bool();
    case 'unix_timestamp':
      return new TimestampNanosecond('UTC');
  }
}

/**
 * Values of a feature as returned by the offline store: doubles with NaN for missing, or values of any type with null
 * for missing.
 */
export type FeatureColumn = Float64Array | readonly unknown[];

/** Rows [from, to) of a column as Arrow data; missing values are nulls. */
export function columnData(column: FeatureColumn, dtype: FeatureDtype, from: number, to: number): Data {
  const isNumeric = dtype === 'double' || dtype === 'int64' || dtype === 'unix_timestamp';
  if (!isNumeric) return valueData(column, arrowType(dtype), from, to);
  const length = to - from;
  const validity = new Validity(length);
  if (dtype === 'double') {
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) values[i] = validity.mark(i, numberOf(column[from + i])) ?? 0;
    return makeData({ type: new Float64(), length, data: values, ...validity.parts() });
  }
  const values = new BigInt64Array(length);
  if (dtype === 'int64') fillIntegers(values, column, from, validity);
  else fillSeconds(values, column, from, validity);
  const type = dtype === 'int64' ? new Int64() : new TimestampNanosecond('UTC');
  return makeData({ type: type as Int64, length, data: values, ...validity.parts() });
}

/** Whole milliseconds since the Unix epoch as a timestamp column without nulls. */
export function instantData(atMs: Float64Array): Data {
  const data = BigInt64Array.from(atMs, (ms) => BigInt(ms) * NANOS_PER_MS);
  return makeData({ type: new TimestampNanosecond('UTC'), length: data.length, nullCount: 0, data });
}

/** Fills whole numbers as two 32-bit words each, which avoids allocating a bigint per value. */
function fillIntegers(values: BigInt64Array, column: FeatureColumn, from: number, validity: Validity): void {
  const words = new Int32Array(values.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = column[from + i];
    if (typeof value === 'bigint') values[i] = value;
    else {
      const number = validity.mark(i, numberOf(value)) ?? 0;
      words[2 * i] = (number % WORD) | 0;
      words[2 * i + 1] = Math.floor(number / WORD);
    }
  }
}

/** Seconds whose nanoseconds exceed 64 bits become null, because they would wrap to another time. */
function fillSeconds(values: BigInt64Array, column: FeatureColumn, from: number, validity: Validity): void {
  for (let i = 0; i < values.length; i++) {
    const value = column[from + i];
    const seconds = typeof value === 'bigint' ? Number(value) : numberOf(value);
    const isHeld = seconds !== undefined && Math.abs(seconds) < MAX_NANOS_SECONDS;
    const kept = validity.mark(i, isHeld ? seconds : undefined);
    if (kept !== undefined) values[i] = BigInt(kept) * NANOS_PER_SECOND;
  }
}

function valueData(column: FeatureColumn, type: DataType, from: number, to: number): Data {
  const values = Array.from(column.slice(from, to), (value: unknown) => value ?? null);
  const [data] = vectorFromArray(values, type).data;
  return data ?? makeData({ type: type as Utf8, length: 0 });
}

function numberOf(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** An Arrow validity bitmap that is allocated only if a value is missing. */
class Validity {
  private nullCount = 0;
  private bitmap: Uint8Array | undefined;

  constructor(private readonly length: number) {}

  /** Records whether row i has a value, and returns the value. */
  mark(i: number, value: number | undefined): number | undefined {
    if (value === undefined) {
      this.bitmap ??= new Uint8Array(Math.ceil(this.length / 64) * 8).fill(0xff);
      this.bitmap[i >> 3] = (this.bitmap[i >> 3] ?? 0) & ~(1 << (i & 7));
      this.nullCount++;
    }
    return value;
  }

  parts(): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
    const { nullCount, bitmap } = this;
    return bitmap === undefined ? { nullCount } : { nullCount, nullBitmap: bitmap };
  }
}
