import { isUtf8 } from 'node:buffer';
import { type Data, DataType, DateUnit, type Decimal, TimeUnit, type Utf8, type Vector } from 'apache-arrow';
import { type Instant, instantFromNanos } from '../../../../values/instant.js';

const NANOS_PER: Readonly<Record<TimeUnit, bigint>> = {
  [TimeUnit.SECOND]: 1_000_000_000n,
  [TimeUnit.MILLISECOND]: 1_000_000n,
  [TimeUnit.MICROSECOND]: 1_000n,
  [TimeUnit.NANOSECOND]: 1n,
};
const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_DAY = 86_400_000_000_000n;
const WORD_BITS = 32n;
/** Decimal digits of a 256-bit number. */
const MAX_SCALE = 76;

/** The value `unscaled / 10^scale` of a decimal column. */
export interface ExactDecimal {
  readonly unscaled: bigint;
  /** Digits after the decimal point; may be negative. */
  readonly scale: number;
}

/**
 * Random access to the raw values of a column. Arrow's accessors round times to doubles of milliseconds and return
 * decimals without their scale; this class reads both exactly.
 */
export class ColumnCells {
  private readonly starts: readonly number[];

  constructor(readonly column: Vector) {
    let start = 0;
    this.starts = column.data.map(({ length }) => (start += length) - length);
  }

  /** True for timestamps and dates, which `instantAt` can read. */
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
   * @throws RangeError for a scale of more than 76 digits
   */
  decimalAt(row: number): ExactDecimal | null {
    const [data, at] = this.find(row);
    if (data === undefined || !data.getValid(at)) return null;
    const { scale, bitWidth } = this.column.type as Decimal;
    if (Math.abs(scale) > MAX_SCALE)
      throw new RangeError(`a decimal has scale ${scale}; at most ${MAX_SCALE} is supported`);
    const words = bitWidth / 32;
    const { values } = data as Data<Decimal>;
    let unsigned = 0n;
    for (let word = words - 1; word >= 0; word--)
      unsigned = (unsigned << WORD_BITS) | BigInt(values[at * words + word] ?? 0);
    return { unscaled: BigInt.asIntN(bitWidth, unsigned), scale };
  }

  /**
   * False for text whose bytes are not valid UTF-8; Arrow would return replacement characters. True for columns of
   * other types.
   */
  isExactText(row: number): boolean {
    const [data, at] = this.find(row);
    if (data === undefined || !(DataType.isUtf8(data.type) || DataType.isLargeUtf8(data.type))) return true;
    const { values, valueOffsets } = data as Data<Utf8>;
    return isUtf8(values.subarray(Number(valueOffsets[at] ?? 0), Number(valueOffsets[at + 1] ?? 0)));
  }

  /** The chunk that contains a row, and the row's index in the chunk. */
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

/** The value times 10^places, rounded to a whole number; halves are rounded away from zero. */
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
