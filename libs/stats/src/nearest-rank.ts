import { invalidInput } from '@fraudflow/core';

/**
 * Exact nearest-rank percentile of an ascending array: the smallest value with at least share q at or below it.
 *
 * x[⌈q·n⌉ − 1]; q = 0 gives the minimum. The result is always an observed value, which suits latencies.
 *
 * @param sorted ascending, without NaN, at least one value.
 * @param q in [0, 1], e.g. 0.99.
 * @returns an element of `sorted`.
 * @throws AppError invalid_input when empty or q is outside [0, 1].
 * @example nearestRank([1, 2, 3, 4], 0.99) // 4
 * @see [1] R. Hyndman, Y. Fan, Sample quantiles in statistical packages, 1996 (definition 1).
 */
export function nearestRank(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw invalidInput('a percentile needs at least one value');
  if (!(q >= 0 && q <= 1)) throw invalidInput(`percentile ${q} is outside [0, 1]`, { field: 'q' });
  // Rounding errors such as 0.07*100 = 7.000000000000001 must not skip a rank.
  const rank = Math.ceil(q * sorted.length - 1e-9);
  return sorted[Math.max(rank, 1) - 1] as number;
}
