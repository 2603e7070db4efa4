/** Two-sided interval, ends within [0, 1]. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const Z_95 = 1.959963984540054;

/**
 * Wilson score interval of a proportion. No trials give [0, 1]. O(1).
 *
 * @param successes in [0, trials]. @param trials ≥ 0.
 * @param z normal quantile, default 95 %.
 * @returns lower and upper bound in [0, 1].
 * @example wilsonInterval(8, 10) // { lower: 0.490..., upper: 0.943... }
 * @see [1] E. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
 */
export function wilsonInterval(successes: number, trials: number, z = Z_95): Interval {
  if (trials <= 0) return { lower: 0, upper: 1 };
  const p = successes / trials;
  const z2 = (z * z) / trials;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (z / (1 + z2)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials));
  return { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

/**
 * Hanley-McNeil interval of an area under the ROC curve, clipped to [0, 1]. A missing class gives [0, 1]. O(1).
 *
 * SE² = (A(1−A) + (P−1)(Q1−A²) + (N−1)(Q2−A²))/(P·N) with Q1 = A/(2−A), Q2 = 2A²/(1+A).
 *
 * @param auc A in [0, 1]. @param positives P ≥ 0. @param negatives N ≥ 0.
 * @param z normal quantile, default 95 %.
 * @returns lower and upper bound in [0, 1].
 * @see [1] J. Hanley, B. McNeil, The meaning and use of the area under a ROC curve, 1982.
 */
export function aucInterval(auc: number, positives: number, negatives: number, z = Z_95): Interval {
  if (positives === 0 || negatives === 0) return { lower: 0, upper: 1 };
  const q1 = auc / (2 - auc) - auc * auc;
  const q2 = (2 * auc * auc) / (1 + auc) - auc * auc;
  const variance = (auc * (1 - auc) + (positives - 1) * q1 + (negatives - 1) * q2) / (positives * negatives);
  const half = z * Math.sqrt(Math.max(0, variance));
  return { lower: Math.max(0, auc - half), upper: Math.min(1, auc + half) };
}

/**
 * Logit interval of an average precision: logit(AP) ± z/√(P·AP·(1−AP)). No positive gives [0, 1]. O(1).
 *
 * An AP of 0 or 1 is moved by half a positive, so that the interval does not collapse.
 *
 * @param ap average precision in [0, 1]. @param positives P ≥ 0.
 * @param z normal quantile, default 95 %.
 * @returns lower and upper bound in [0, 1].
 * @see [1] K. Boyd, K. Eng, C. Page, Area under the precision-recall curve: point estimates and confidence intervals,
 * 2013.
 */
export function averagePrecisionInterval(ap: number, positives: number, z = Z_95): Interval {
  if (positives === 0) return { lower: 0, upper: 1 };
  const margin = 0.5 / (positives + 1);
  const clipped = Math.min(1 - margin, Math.max(margin, ap));
  const logit = Math.log(clipped / (1 - clipped));
  const half = z / Math.sqrt(positives * clipped * (1 - clipped));
  const inverse = (x: number): number => 1 / (1 + Math.exp(-x));
  return { lower: Math.min(ap, inverse(logit - half)), upper: Math.max(ap, inverse(logit + half)) };
}
