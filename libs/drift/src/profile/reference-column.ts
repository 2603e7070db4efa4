import { quantileSorted } from '@fraudflow/stats';
import { type QuantileBins, quantileBins } from './quantile-bins.js';

/** Reference distribution of one feature or of the score. It is fixed for a model version. */
export interface ReferenceColumn {
  readonly name: string;
  readonly bins: QuantileBins;
  /** Rows with a finite value (m). */
  readonly present: number;
  /** Rows with NaN or ±Infinity. */
  readonly missing: number;
  /** Moments and range over the present rows; 0 when there are none. `std` is the population's. */
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Ascending sample for the exact KS test: all present values, or `sampleSize` evenly spaced quantiles. */
  readonly sample: Float64Array;
}

/** Size options of a reference column. */
export interface ReferenceColumnOptions {
  /** K: bins at the quantiles j/K, see `quantileBins`. */
  readonly bins: number;
  /** Maximum number of values kept for KS. */
  readonly sampleSize: number;
}

/**
 * Builds a column from raw training values, NaN or ±Infinity meaning missing. Values are rounded to 32-bit floats, the
 * precision in which a model reads them. O(n log n).
 */
export function referenceColumn(
  name: string,
  values: ArrayLike<number>,
  options: ReferenceColumnOptions,
): ReferenceColumn {
  const sorted = Float64Array.from(values, Math.fround).filter(Number.isFinite).sort();
  const present = sorted.length;
  const mean = present === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / present;
  const variance = present === 0 ? 0 : sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present;
  return {
    name,
    bins: quantileBins(sorted, options.bins),
    present,
    missing: values.length - present,
    mean,
    std: Math.sqrt(variance),
    min: sorted[0] ?? 0,
    max: sorted[present - 1] ?? 0,
    sample: present <= options.sampleSize ? sorted : spaced(sorted, options.sampleSize),
  };
}

/**
 * Values at the mid-ranks of `size` equal slices: their distribution function is within 1/(2·size) of the full one.
 */
function spaced(sorted: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => Math.fround(quantileSorted(sorted, (i + 0.5) / size)));
}

/**
 * The column with its bounds and sample rounded to 32-bit floats, as live rows are. Cut points that become equal merge
 * their bins. A column built by {@link referenceColumn} is returned unchanged.
 */
export function inModelPrecision(column: ReferenceColumn): ReferenceColumn {
  const cuts: number[] = [];
  const counts: number[] = [];
  column.bins.counts.forEach((count, bin) => {
    const lower = bin === 0 ? undefined : Math.fround(column.bins.cuts[bin - 1] as number);
    if (lower !== undefined && lower === cuts.at(-1)) {
      counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
    } else {
      if (lower !== undefined) cuts.push(lower);
      counts.push(count);
    }
  });
  return {
    ...column,
    bins: { cuts, counts },
    min: Math.fround(column.min),
    max: Math.fround(column.max),
    sample: column.sample.map(Math.fround),
  };
}
