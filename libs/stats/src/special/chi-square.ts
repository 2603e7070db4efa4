import { invalidInput } from '@fraudflow/core';
import { lowerGammaP, upperGammaQ } from './incomplete-gamma.js';
import { logGamma } from './log-gamma.js';

/**
 * Survival function of the chi-square distribution, P(X > x) = Q(df/2, x/2).
 *
 * @param x any number; ≤ 0 gives 1.
 * @param df degrees of freedom > 0, need not be whole.
 * @returns the probability in [0, 1].
 * @throws AppError invalid_input for df ≤ 0 or NaN.
 * @example chiSquareSf(3.841458820694124, 1) // 0.05
 * @see [1] DLMF 8.2.4.
 */
export function chiSquareSf(x: number, df: number): number {
  return upperGammaQ(df / 2, Math.max(x, 0) / 2);
}

/**
 * Distribution function P(X ≤ x) of the chi-square distribution, accurate in the left tail.
 *
 * @param x any number; ≤ 0 gives 0. @param df degrees of freedom > 0.
 * @returns the probability in [0, 1].
 * @throws AppError invalid_input for df ≤ 0 or NaN.
 * @see [1] DLMF 8.2.4.
 */
export function chiSquareCdf(x: number, df: number): number {
  return lowerGammaP(df / 2, Math.max(x, 0) / 2);
}

/**
 * Quantile of the chi-square distribution: the x with P(X ≤ x) = p.
 *
 * Wilson-Hilferty start, then Newton kept inside a shrinking bracket; relative error about 1e-12. Above the median the
 * survival function is matched, so that 1 − 1e-12 is as exact as 1e-12.
 *
 * @param p in [0, 1]; 0 gives 0, 1 gives Infinity.
 * @param df > 0.
 * @returns the quantile, ≥ 0.
 * @throws AppError invalid_input outside those ranges.
 * @example chiSquareQuantile(0.999, 9) // 27.877164871256575
 * @see [1] E. Wilson, M. Hilferty, The distribution of chi-square, 1931.
 */
export function chiSquareQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df > 0)) throw invalidInput(`no chi-square quantile at p=${p}, df=${df}`);
  if (p === 0) return 0;
  if (p === 1) return Infinity;
  return invert(p, df);
}

function invert(p: number, df: number): number {
  const excess = p > 0.5 ? (x: number) => 1 - p - chiSquareSf(x, df) : (x: number) => chiSquareCdf(x, df) - p;
  let low = 0;
  let high = df + 10;
  while (excess(high) < 0) high *= 2;
  let x = Math.min(high, start(p, df));
  for (let i = 0; i < 200; i++) {
    const error = excess(x);
    if (error > 0) high = x;
    else low = x;
    const newton = x - error / density(x, df);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-15 * x) return next;
    x = next;
  }
  return x;
}

function density(x: number, df: number): number {
  const half = df / 2;
  return Math.exp((half - 1) * Math.log(x) - x / 2 - half * Math.LN2 - logGamma(half));
}

/** Starting point of the iteration: Wilson-Hilferty with a logistic approximation of the normal quantile. */
function start(p: number, df: number): number {
  const z = Math.log(p / (1 - p)) / 1.702;
  const spread = 2 / (9 * df);
  return Math.max(df * (1 - spread + z * Math.sqrt(spread)) ** 3, 1e-8 * df);
}
