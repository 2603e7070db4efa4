import type { FeatureDtype } from '@fraudflow/features';
import { quantileSorted } from '@fraudflow/stats';
import type { Distribution } from './view-statistics.js';

const BINS = 24;
/** Quantiles that the bins span. A few huge values would otherwise put all others into one bin. */
const BIN_QUANTILES = { from: 0.005, to: 0.995 };

/** Quantiles and a histogram of a sample. NaN is ignored. @returns undefined without finite values */
export function distributionOf(sample: Float64Array, dtype: FeatureDtype): Distribution | undefined {
  const values = sample.filter(Number.isFinite).sort();
  if (values.length === 0) return undefined;
  const { from, to, bins } = rangeOf(values, dtype);
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * bins)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const [p05, p50, p95] = [0.05, 0.5, 0.95].map((q) => quantileSorted(values, q)) as [number, number, number];
  return { sampled: values.length, p05, p50, p95, from, to, counts };
}

function rangeOf(values: Float64Array, dtype: FeatureDtype): { readonly from: number; to: number; bins: number } {
  const from = quantileSorted(values, BIN_QUANTILES.from);
  const to = quantileSorted(values, BIN_QUANTILES.to);
  const isWhole = dtype === 'int64' || dtype === 'bool';
  // One bin per whole number, with the number in its middle.
  if (isWhole && to - from < BINS) {
    const [first, last] = [Math.floor(from), Math.ceil(to)];
    return { from: first - 0.5, to: last + 0.5, bins: last - first + 1 };
  }
  if (to > from) return { from, to, bins: BINS };
  const half = Math.max(Math.abs(from) * 1e-6, 0.5);
  return { from: from - half, to: from + half, bins: 1 };
}
