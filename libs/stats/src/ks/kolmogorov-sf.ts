import { invalidInput } from '@fraudflow/core';
import { logGamma } from '../special/log-gamma.js';
import { marsagliaCdf } from './marsaglia-cdf.js';
import { pelzGoodCdf } from './pelz-good-cdf.js';
import { smirnovSf } from './smirnov-sf.js';

/**
 * Survival function of the two-sided one-sample Kolmogorov-Smirnov statistic for finite n (scipy's `kstwo.sf`).
 *
 * Chosen by region as in [1] and scipy: closed forms at both ends, 2·P(D⁺ ≥ d) in the right tail, Durbin's matrix
 * power for small n·d, else Pelz-Good. Agrees with scipy to 1e-8 absolute; to 1e-9 relative outside the Pelz-Good
 * region.
 *
 * @param n whole number ≥ 1.
 * @param d statistic; ≤ 1/(2n) gives 1, ≥ 1 gives 0.
 * @throws AppError invalid_input for other n or NaN.
 * @example kolmogorovSf(1000, 0.05) // 0.0130...
 * @see [1] R. Simard, P. L'Ecuyer, Computing the two-sided Kolmogorov-Smirnov distribution, J. Stat. Soft. 39(11),
 * 2011.
 */
export function kolmogorovSf(n: number, d: number): number {
  if (!Number.isInteger(n) || n < 1 || Number.isNaN(d)) throw invalidInput(`no Kolmogorov law at n=${n}, d=${d}`);
  const t = n * d;
  if (d >= 1) return 0;
  if (t <= 0.5) return 1;
  if (t <= 1) return 1 - Math.exp(logGamma(n + 1) - n * Math.log(n) + n * Math.log(2 * t - 1));
  if (t >= n - 1) return 2 * (1 - d) ** n;
  return middle(n, d, t);
}

/** Between the closed forms of both ends. */
function middle(n: number, d: number, t: number): number {
  const isRightTail = d >= 0.5 || t * d > (n <= 140 ? 4 : 2.2);
  if (isRightTail) return t * d >= 370 && n > 140 ? 0 : Math.min(1, 2 * smirnovSf(n, d));
  const isSmall = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4);
  return Math.max(0, 1 - (isSmall ? marsagliaCdf(n, d) : pelzGoodCdf(n, d)));
}
