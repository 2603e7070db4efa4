import { invalidInput } from '@fraudflow/core';
import { logGamma } from './log-gamma.js';

/**
 * P(X ≥ k) for X ~ Binomial(n, p): the exact one-sided p-value of seeing k or more events.
 *
 * Sums positive terms away from the mode (the shorter tail is summed, its complement taken), relative error about 1e-11
 * in the right tail. Complexity O(n) at worst, O(√n) usually.
 *
 * @param k whole number; ≤ 0 gives 1, > n gives 0.
 * @param n whole number ≥ 0.
 * @param p in [0, 1].
 * @returns the probability in [0, 1].
 * @throws AppError invalid_input outside those ranges.
 * @example binomialAtLeast(8, 10, 0.5) // 0.0546875
 * @see [1] scipy.stats.binom.sf(k - 1, n, p).
 */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (!Number.isInteger(n) || n < 0 || !Number.isInteger(k) || !(p >= 0 && p <= 1)) {
    throw invalidInput(`no binomial tail at k=${k}, n=${n}, p=${p}`);
  }
  if (k <= 0) return 1;
  if (k > n || p === 0) return 0;
  if (p === 1) return 1;
  return k > n * p ? upperTail(k, n, p) : Math.max(0, 1 - upperTail(n - k + 1, n, 1 - p));
}

/** Requires k > n·p, where the terms decrease from the first one. */
function upperTail(k: number, n: number, p: number): number {
  const first = Math.exp(
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p),
  );
  const odds = p / (1 - p);
  let term = 1;
  let sum = 1;
  for (let i = k; i < n; i++) {
    term *= ((n - i) / (i + 1)) * odds;
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return Math.min(1, first * sum);
}
