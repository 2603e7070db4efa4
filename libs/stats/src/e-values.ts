import { invalidInput } from '@fraudflow/core';

const SMALLEST_P = 1e-300;

/**
 * Natural logarithm of the e-value that a p-value is worth: e = (1 − p + p·ln p)/(p·(ln p)²).
 *
 * The mixture of all calibrators κ·p^{κ−1}: its mean under the null is at most 1, so products and averages over
 * windows and features are valid e-values. Falls from p = 1e-300 (smaller p count as that) to e(1) = ½.
 *
 * @param p in [0, 1].
 * @returns ln e, from −0.69 at p = 1 up to 678 at p ≤ 1e-300.
 * @throws AppError invalid_input outside [0, 1] or for NaN.
 * @example Math.exp(logEValueOfP(0.01)) // 4.45...
 * @see [1] V. Vovk, R. Wang, E-values: calibration, combination and applications, 2021.
 */
export function logEValueOfP(p: number): number {
  if (!(p >= 0 && p <= 1)) throw invalidInput(`p-value ${p} is outside [0, 1]`, { field: 'p' });
  const q = Math.max(p, SMALLEST_P);
  const log = Math.log(q);
  // Near 1 the numerator cancels: with t = −ln p, e = ½ + t/6 + t²/24 + O(t³).
  if (log > -1e-4) return Math.log(0.5 - log / 6 + (log * log) / 24);
  return Math.log(1 - q + q * log) - log - 2 * Math.log(-log);
}

/**
 * ln of the (weighted) mean of e-values given by their logarithms: again an e-value, under any dependence.
 *
 * Computed around the largest, so nothing overflows. An empty list gives 0 (no evidence, e = 1). O(n).
 *
 * @param logs ln e of each hypothesis. @param weights non-negative, one each, default all equal; need not sum to 1.
 * @returns ln of the mean; 0 for an empty list, −Infinity if every e is 0.
 * @see [1] V. Vovk, R. Wang, E-values: calibration, combination and applications, 2021.
 */
export function logMeanE(logs: readonly number[], weights?: readonly number[]): number {
  if (logs.length === 0) return 0;
  const largest = Math.max(...logs);
  if (largest === -Infinity) return -Infinity;
  let sum = 0;
  let weightSum = 0;
  logs.forEach((log, i) => {
    const weight = weights === undefined ? 1 : (weights[i] ?? 0);
    sum += weight * Math.exp(log - largest);
    weightSum += weight;
  });
  return largest + Math.log(sum / weightSum);
}

/**
 * e-BH: indexes of the hypotheses rejected at false discovery rate `fdr`, largest evidence first.
 *
 * With e sorted descending, the largest k with e_(k) ≥ d/(k·fdr); valid under any dependence. O(d log d).
 *
 * @param logs ln e of each hypothesis, d values.
 * @param fdr false discovery rate, in (0, 1).
 * @returns indexes into `logs`; empty if nothing is rejected.
 * @example eBenjaminiHochberg([Math.log(100), 0], 0.05) // [0]
 * @see [1] R. Wang, A. Ramdas, False discovery rate control with e-values, arXiv 2009.02824.
 */
export function eBenjaminiHochberg(logs: readonly number[], fdr: number): number[] {
  const order = logs.map((_, i) => i).sort((a, b) => (logs[b] as number) - (logs[a] as number) || a - b);
  let rejected = 0;
  order.forEach((index, rank) => {
    if ((logs[index] as number) >= Math.log(logs.length / ((rank + 1) * fdr))) rejected = rank + 1;
  });
  return order.slice(0, rejected);
}
