import { tiedRuns } from './ranking.js';

/**
 * Average precision: Σ (R_i − R_{i−1})·P_i over the distinct scores, highest first, without interpolation.
 *
 * In [0, 1], the positive share for no skill; NaN without a positive (scikit-learn warns and gives 0). O(n log n).
 *
 * @param scores any finite numbers. @param labels 0 or 1.
 * @returns the average precision in [0, 1], NaN without a positive.
 * @throws AppError invalid_input for unequal lengths or NaN scores.
 * @example averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // 0.8333333333333333
 * @see [1] sklearn.metrics.average_precision_score.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let hits = 0;
  let seen = 0;
  let sum = 0;
  for (const run of tiedRuns(scores, labels)) {
    hits += run.positives;
    seen += run.positives + run.negatives;
    sum += (run.positives * hits) / seen;
  }
  return hits === 0 ? NaN : sum / hits;
}
