import { invalidInput } from '@fraudflow/core';
import { greatestCommonDivisor, ksExactPValue } from './ks-exact-p-value.js';
import { kolmogorovSf } from './kolmogorov-sf.js';

/** Result of a two-sample Kolmogorov-Smirnov test. */
export interface KsResult {
  /** D, the largest distance of the two empirical distribution functions, in [0, 1]. */
  readonly statistic: number;
  /** Two-sided, in [0, 1]. */
  readonly pValue: number;
  readonly method: 'exact' | 'asymptotic';
}

const MAX_EXACT_SIZE = 10_000;

/**
 * Two-sample Kolmogorov-Smirnov test on unsorted values, as `scipy.stats.ks_2samp` (two-sided, method auto).
 *
 * Exact up to 10 000 values a side; above, the finite one-sample law at round(n1·n2/(n1+n2)).
 * Sorting O(n log n) plus the cost of {@link ksExactPValue}. Inputs are not changed.
 *
 * @param a n1 values in any order. @param b n2 values in any order.
 * @returns statistic D and two-sided p-value, both in [0, 1].
 * @throws AppError invalid_input when a side is empty or holds NaN. Drop missing values first.
 * @example ksTwoSample([1, 2, 3], [4, 5, 6]) // { statistic: 1, pValue: 0.1, method: 'exact' }
 * @see [1] scipy.stats.ks_2samp 1.17.
 */
export function ksTwoSample(a: ArrayLike<number>, b: ArrayLike<number>): KsResult {
  return ksTwoSampleSorted(Float64Array.from(a).sort(), Float64Array.from(b).sort());
}

/**
 * Two-sample Kolmogorov-Smirnov test on ascending values, see {@link ksTwoSample}. It saves the sorting.
 *
 * @param a n1 ascending values. @param b n2 ascending values.
 * @returns statistic D and two-sided p-value, both in [0, 1].
 * @throws AppError invalid_input when a side is empty or holds NaN.
 * @see [1] scipy.stats.ks_2samp 1.17.
 */
export function ksTwoSampleSorted(a: ArrayLike<number>, b: ArrayLike<number>): KsResult {
  const n1 = a.length;
  const n2 = b.length;
  if (n1 === 0 || n2 === 0) throw invalidInput('the Kolmogorov-Smirnov test needs values on both sides');
  // A typed array sorts NaN to the end.
  if (Number.isNaN(a[n1 - 1]) || Number.isNaN(b[n2 - 1]))
    throw invalidInput('the Kolmogorov-Smirnov test refuses NaN; drop missing values first');
  const g = greatestCommonDivisor(n1, n2);
  const h = largestGap(a, b, g);
  const statistic = h / ((n1 / g) * n2);
  if (Math.max(n1, n2) <= MAX_EXACT_SIZE) {
    return { statistic, pValue: Math.min(1, ksExactPValue(n1, n2, h)), method: 'exact' };
  }
  const size = roundHalfEven((n1 * n2) / (n1 + n2));
  return { statistic, pValue: kolmogorovSf(Math.max(1, size), statistic), method: 'asymptotic' };
}

/** max |i·n2 − j·n1|/g over all pooled points, in whole numbers: D·lcm without rounding. */
function largestGap(a: ArrayLike<number>, b: ArrayLike<number>, g: number): number {
  const stepA = b.length / g;
  const stepB = a.length / g;
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const point = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && a[i] === point) i++;
    while (j < b.length && b[j] === point) j++;
    largest = Math.max(largest, Math.abs(i * stepA - j * stepB));
  }
  return largest;
}

/** Rounds half to even like numpy, which scipy uses for the effective size. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 && floor % 2 === 0 ? floor : Math.round(value);
}
