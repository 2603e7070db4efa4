import { invalidInput } from '@fraudflow/core';

/**
 * Quantile of an ascending array by linear interpolation (Hyndman-Fan type 7, numpy's default).
 *
 * Q(q) = x[⌊h⌋] + (h−⌊h⌋)(x[⌊h⌋+1] − x[⌊h⌋]) with h = (n−1)q.
 *
 * @param sorted ascending, without NaN, at least one value.
 * @param q in [0, 1].
 * @returns the quantile, between the smallest and the largest value.
 * @throws AppError invalid_input when empty or q is outside [0, 1].
 * @example quantileSorted([1, 2, 3, 4], 0.5) // 2.5
 * @see [1] R. Hyndman, Y. Fan, Sample quantiles in statistical packages, 1996.
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw invalidInput('a quantile needs at least one value');
  if (!(q >= 0 && q <= 1)) throw invalidInput(`quantile ${q} is outside [0, 1]`, { field: 'q' });
  const position = (sorted.length - 1) * q;
  const lower = Math.floor(position);
  const low = sorted[lower] as number;
  const high = sorted[Math.min(lower + 1, sorted.length - 1)] as number;
  return low + (position - lower) * (high - low);
}
