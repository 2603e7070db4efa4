import { invalidInput } from '@fraudflow/core';
import { sortedFinite } from '@fraudflow/stats';
import { type DriftMethod, numericScore } from './drift-method.js';

/**
 * First Wasserstein distance ∫|F_ref − F_cur| dx of two ascending samples, in the unit of the values; ≥ 0.
 *
 * Exact on the empirical distribution functions. O(n1 + n2).
 *
 * @param a ascending, finite. @param b ascending, finite.
 * @returns the distance, 0 for equal samples.
 * @throws AppError invalid_input when a side is empty.
 * @see [1] scipy.stats.wasserstein_distance.
 */
function wassersteinSorted(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || b.length === 0) throw invalidInput('the Wasserstein distance needs values on both sides');
  let i = 0;
  let j = 0;
  let sum = 0;
  let previous = Math.min(a[0] as number, b[0] as number);
  while (i < a.length || j < b.length) {
    const point = Math.min(i < a.length ? (a[i] as number) : Infinity, j < b.length ? (b[j] as number) : Infinity);
    sum += Math.abs(i / a.length - j / b.length) * (point - previous);
    while (i < a.length && a[i] === point) i++;
    while (j < b.length && b[j] === point) j++;
    previous = point;
  }
  return sum;
}

/**
 * Wasserstein distance divided by max(population standard deviation of the reference, 0.001), Evidently's default
 * score.
 *
 * Non-finite values are dropped. O(n log n).
 *
 * @param reference values in any order. @param current values in any order.
 * @returns the distance in units of the reference's standard deviation, ≥ 0.
 * @throws AppError invalid_input when a side has no finite value.
 * @see [1] Evidently 0.7.21 `wasserstein`.
 */
export function wassersteinNormed(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const a = sortedFinite(Array.from(reference));
  const b = sortedFinite(Array.from(current));
  const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
  const variance = a.reduce((sum, value) => sum + (value - mean) ** 2, 0) / a.length;
  return wassersteinSorted(a, b) / Math.max(Math.sqrt(variance), 0.001);
}

/** Wasserstein distance in standard deviations of the reference. */
export const wassersteinMethod: DriftMethod = {
  name: 'wasserstein',
  kinds: ['real', 'integer'],
  defaultThreshold: 0.1,
  driftIf: '>=',
  score: numericScore(wassersteinNormed),
};
