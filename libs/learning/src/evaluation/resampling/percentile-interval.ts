/** Two ends of an interval, NaN if no resample has the metric. */
export interface PercentileInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Percentile interval of resampled values. The q-quantile is the order statistic (n + 1)·q, interpolated (Hyndman-Fan
 * type 6): of 200 resamples, the ends of a 95 % interval are at positions 5 and 196. NumPy's type 7 would give 94 %.
 * NaN values (a resample without fraud) are left out.
 * Source: A. Davison, D. Hinkley, Bootstrap methods and their application, 1997, section 5.2.1.
 */
export function percentileInterval(resampled: Float64Array, level: number): PercentileInterval {
  const sorted = resampled.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return { lower: NaN, upper: NaN };
  const tail = (1 - level) / 2;
  return { lower: quantile(sorted, tail), upper: quantile(sorted, 1 - tail) };
}

function quantile(sorted: Float64Array, q: number): number {
  const position = Math.min(sorted.length - 1, Math.max(0, (sorted.length + 1) * q - 1));
  const before = Math.floor(position);
  const low = sorted[before] as number;
  const high = sorted[Math.ceil(position)] as number;
  return low + (position - before) * (high - low);
}
