import { chiSquareQuantile } from '@fraudflow/stats';

/**
 * Upper quantile of the PSI of two samples of the same distribution: χ²_{K−1,q}·(1/n + 1/m).
 *
 * Report PSI, this floor and their ratio together: a fixed threshold such as 0.1 ignores the sample sizes.
 *
 * @param bins number of bins K; 1 or fewer gives 0.
 * @param n window rows ≥ 1. @param m reference rows ≥ 1.
 * @param q probability, default 0.95.
 * @returns the floor, ≥ 0.
 * @throws AppError invalid_input if q is outside [0, 1].
 * @example psiNoiseFloor(10, 1000, 20000) // 0.01776...
 * @see [1] B. Yurdakul, Statistical properties of population stability index, 2018.
 */
export function psiNoiseFloor(bins: number, n: number, m: number, q = 0.95): number {
  return bins > 1 ? chiSquareQuantile(q, bins - 1) * (1 / n + 1 / m) : 0;
}
