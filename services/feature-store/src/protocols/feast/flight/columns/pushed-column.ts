import { type CardNumberRule, holdsRefusedCardNumber } from '@fraudflow/cards';
import type { FeatureDefinition } from '@fraudflow/features';
import { DataType } from 'apache-arrow';
import { isStorableInstant } from '../../../../pushed/pushed-times.js';
import type { FeatureValue } from '../../../../pushed/pushed-row.js';
import { isStorableText } from '../../../../values/request-values.js';
import { type ColumnCells, nearestDouble } from './column-cells.js';
import { flightCardNumber, flightMistake, shown } from '../wire/flight-errors.js';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Converts a column of a pushed table to exact feature values. Values that cannot be stored exactly are refused with
 * column and row.
 */
export class PushedColumn {
  constructor(
    private readonly cells: ColumnCells,
    private readonly feature: FeatureDefinition,
    private readonly cardNumbersInPushes: CardNumberRule,
  ) {}

  /** The value of a row; null = missing. NaN counts as missing. @throws AppError invalid_input, a Flight error */
  valueAt(row: number): FeatureValue {
    const { cells, feature } = this;
    if (cells.holdsInstants) return feature.dtype === 'unix_timestamp' ? this.secondsAt(row) : this.refuse(row);
    const value: unknown = cells.holdsDecimals ? this.decimalAt(row) : cells.column.get(row);
    if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return null;
    return this.converted(value, row) ?? this.refuse(row, value);
  }

  private converted(value: unknown, row: number): FeatureValue | undefined {
    switch (this.feature.dtype) {
      case 'double':
        return finite(value);
      case 'int64':
        return wholeNumber(value);
      case 'unix_timestamp':
        // Numbers are seconds only in numeric columns, not in columns of times of day or durations.
        return this.holdsNumbers ? storableSeconds(wholeNumber(value)) : undefined;
      case 'string':
        return this.textOf(value, row);
      case 'bool':
        return typeof value === 'boolean' ? value : undefined;
    }
  }

  private textOf(value: unknown, row: number): string | undefined {
    if (typeof value !== 'string' || !isStorableText(value) || !this.cells.isExactText(row)) return undefined;
    if (holdsRefusedCardNumber(value, this.cardNumbersInPushes)) throw flightCardNumber(this.feature.name, row);
    return value;
  }

  /** Whole seconds since the Unix epoch: a date means its midnight (UTC), fractions are truncated. */
  private secondsAt(row: number): FeatureValue {
    const instant = this.cells.instantAt(row);
    if (instant === null) return null;
    return isStorableInstant({ ...instant, seconds: Math.abs(instant.seconds) })
      ? BigInt(instant.seconds)
      : this.refuse(row, `${instant.seconds} s`);
  }

  /** A decimal with scale 0 stays exact; any other becomes the nearest double. */
  private decimalAt(row: number): number | bigint | null {
    const decimal = this.cells.decimalAt(row);
    if (decimal === null) return null;
    return decimal.scale === 0 ? decimal.unscaled : nearestDouble(decimal);
  }

  private get holdsNumbers(): boolean {
    const { type } = this.cells.column;
    return DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type);
  }

  private refuse(row: number, value?: unknown): never {
    const { name, dtype } = this.feature;
    const found = value === undefined ? `a column of ${String(this.cells.column.type)}` : shown(value);
    throw flightMistake(`${name}: row ${row} holds no ${dtype} that can be stored: ${found}`, name);
  }
}

function finite(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'bigint' && value >= MIN_INT64 && value <= MAX_INT64 ? value : undefined;
}

/** Seconds whose nanoseconds fit into 64 bits; undefined otherwise. This also rejects most numbers in milliseconds. */
function storableSeconds(seconds: bigint | undefined): bigint | undefined {
  if (seconds === undefined) return undefined;
  return isStorableInstant({ seconds: Math.abs(Number(seconds)), nanos: 0 }) ? seconds : undefined;
}
