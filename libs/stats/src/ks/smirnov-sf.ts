import { logGamma } from '../special/log-gamma.js';

/**
 * Survival function of the one-sided one-sample Kolmogorov-Smirnov statistic D⁺ for n points.
 *
 * P(D⁺ ≥ d) = d Σ_{j=0}^{⌊n(1−d)⌋} C(n,j) (d + j/n)^{j−1} (1 − d − j/n)^{n−j}: positive terms only,
 * so tails keep their relative precision (about 1e-11). O(n).
 *
 * @param n whole number ≥ 1.
 * @param d statistic; ≤ 0 gives 1, ≥ 1 gives 0.
 * @example smirnovSf(2, 0.5) // 0.5
 * @see [1] Z. Birnbaum, F. Tingey, One-sided confidence contours for probability distribution functions, 1951.
 */
export function smirnovSf(n: number, d: number): number {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  const last = Math.floor(n * (1 - d));
  const logFactorialN = logGamma(n + 1);
  let sum = 0;
  for (let j = 0; j <= last; j++) {
    const rest = 1 - d - j / n;
    if (rest <= 0) break;
    sum += Math.exp(
      logFactorialN - logGamma(j + 1) - logGamma(n - j + 1) + (j - 1) * Math.log(d + j / n) + (n - j) * Math.log(rest),
    );
  }
  return Math.min(1, d * sum);
}
