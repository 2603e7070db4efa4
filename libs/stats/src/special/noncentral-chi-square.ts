import { invalidInput } from '@fraudflow/core';
import { chiSquareSf } from './chi-square.js';
import { logGamma } from './log-gamma.js';

/**
 * Survival function of the non-central chi-square distribution.
 *
 * P(X > x) = Σ_j Poisson(j; λ/2) · Q(df/2 + j, x/2), summed from j = 0 with Q(a+1, y) = Q(a, y) + y^a
 * e^−y/Γ(a+1): every term is positive, so small tail values keep their relative precision (about 1e-11). The sum
 * stops when the Poisson mass left cannot change it.
 *
 * @param x any number; ≤ 0 gives 1.
 * @param df degrees of freedom > 0.
 * @param lambda non-centrality ≥ 0; 0 is the central case. Cost O(λ + √λ) terms.
 * @returns the probability in [0, 1].
 * @throws AppError invalid_input outside those ranges or for NaN.
 * @example noncentralChiSquareSf(20, 9, 5) // 0.1591...
 * @see [1] C. Ding, Algorithm AS 275, 1992. [2] scipy.stats.ncx2.
 */
export function noncentralChiSquareSf(x: number, df: number, lambda: number): number {
  if (!(lambda >= 0) || lambda === Infinity) throw invalidInput(`non-centrality ${lambda} must be finite and ≥ 0`);
  if (lambda === 0 || x <= 0) return chiSquareSf(x, df);
  const half = lambda / 2;
  const y = x / 2;
  const a = df / 2;
  let upper = chiSquareSf(x, df);
  let logStep = a * Math.log(y) - y - logGamma(a + 1);
  let logWeight = -half;
  let sum = 0;
  for (let j = 0; ; j++) {
    const weight = Math.exp(logWeight);
    sum += weight * upper;
    const ratio = half / (j + 1);
    // Beyond the mode the Poisson mass left is below weight·ratio/(1−ratio), and Q ≤ 1.
    if (ratio < 1 && (weight * ratio) / (1 - ratio) <= 1e-17 * sum) break;
    if (ratio < 0.5 && weight === 0) break;
    upper += Math.exp(logStep);
    logStep += Math.log(y / (a + j + 1));
    logWeight += Math.log(half / (j + 1));
  }
  return Math.min(1, sum);
}
