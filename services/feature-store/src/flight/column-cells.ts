import { isUtf8 } from 'node:buffer';
import { type Data, DataType, DateUnit, type Decimal, TimeUnit, type Utf8, type Vector } from 'apache-arrow';
import { type Instant, instantFromNanos } from '../serving/instant.js';

const NANOS_PER: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1_000_000_000n,
  [TimeUnit.MILLISECOND]: 1_000_000n,
  [TimeUnit.MICROSECOND]: 1_000n,
  [TimeUnit.NANOSECOND]: 1n,
};
const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_DAY = 86_400_000_000_000n;
const WORD_BITS = 32n;
/** Digits that 256 bits hold. */
const MAX_SCALE = 76;

/** A number as columns of decimals hold it: unscaled / 10^scale. */
export interface ExactDecimal {
  readonly unscaled: bigint;
  /** Digits behind the point; may be negative. */
  readonly scale: number;
}

/**
 * The raw values of a column by row. Arrow's own accessors round times to doubles of milliseconds and give decimals without their
 * scale, so neither is read through them.
 */
export class ColumnCells {
  private readonly starts: readonly number[];

  constructor(readonly column: Vector) {
    let start = 0;
    this.starts = column.data.map(({ length }) => (start += length) - length);
  }

  /** Whether `instantAt` can read the column: timestamps and dates. */
  get holdsInstants(): boolean {
    return DataType.isTimestamp(this.column.type) || DataType.isDate(this.column.type);
  }

  get holdsDecimals(): boolean {
    return DataType.isDecimal(this.column.type);
  }

  /** A timestamp of any unit, or the midnight (UTC) of a date; null = missing. Only for columns that hold instants. */
  instantAt(row: number): Instant | null {
    const [data, at] = this.find(row);
    if (data === undefined || !data.getValid(at)) return null;
    const raw = BigInt((data.values as Int32Array | BigInt64Array)[at] ?? 0);
    return instantFromNanos(raw * nanosPerUnit(this.column.type));
  }

  /**
   * A decimal of 32 to 256 bits; null = missing. Only for columns that hold decimals.
   * @throws RangeError for a scale beyond what 256 bits need
   */
  decimalAt(row: number): ExactDecimal | null {
    const [data, at] = this.find(row);
    if (data === undefined || !data.getValid(at)) return null;
    const { scale, bitWidth } = this.column.type as Decimal;
    if (Math.abs(scale) > MAX_SCALE) throw new RangeError(`a decimal of scale ${scale}`);
    const words = bitWidth / 32;
    const { values } = data as Data<Decimal>;
    let unsigned = 0n;
    for (let word = words - 1; word >= 0; word--)
      unsigned = (unsigned << WORD_BITS) | BigInt(values[at * words + word] ?? 0);
    return { unscaled: BigInt.asIntN(bitWidth, unsigned), scale };
  }

  /** False for text whose bytes are no UTF-8, which is read with other characters in their place. Only for columns of text. */
  isExactText(row: number): boolean {
    const [data, at] = this.find(row);
    if (data === undefined || !(DataType.isUtf8(data.type) || DataType.isLargeUtf8(data.type))) return true;
    const { values, valueOffsets } = data as Data<Utf8>;
    return isUtf8(values.subarray(Number(valueOffsets[at] ?? 0), Number(valueOffsets[at + 1] ?? 0)));
  }

  /** The chunk a row lies in, and its place there. */
  private find(row: number): readonly [Data | undefined, number] {
    const { starts } = this;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= row) low = middle;
      else high = middle;
    }
    return [this.column.data[low], row - (starts[low] ?? 0)];
  }
}

function nanosPerUnit(type: DataType): bigint {
  if (DataType.isTimestamp(type)) return NANOS_PER[type.unit];
  return DataType.isDate(type) && type.unit === DateUnit.DAY ? NANOS_PER_DAY : NANOS_PER_MS;
}

/** Times 10^places, rounded to whole numbers, halves away from zero. */
export function scaled({ unscaled, scale }: ExactDecimal, places: number): bigint {
  const shift = places - scale;
  if (shift >= 0) return unscaled * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  const half = unscaled < 0n ? -divisor / 2n : divisor / 2n;
  return (unscaled + half) / divisor;
}

/** The nearest double. */
export function nearestDouble({ unscaled, scale }: ExactDecimal): number {
  return Number(`${unscaled}e${-scale}`);
}
