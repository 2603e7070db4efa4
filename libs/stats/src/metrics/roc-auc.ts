import { tiedRuns } from './ranking.js';

/**
 * Area under the ROC curve: chance that a random positive outranks a random negative, ties counting one half.
 *
 * In [0, 1], 0.5 for no skill; NaN when one class is absent. O(n log n).
 *
 * @param scores any finite numbers. @param labels 0 or 1.
 * @returns the area in [0, 1], NaN when a class is absent.
 * @throws AppError invalid_input for unequal lengths or NaN scores.
 * @example rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // 0.75
 * @see [1] sklearn.metrics.roc_auc_score.
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let positivesAbove = 0;
  let negatives = 0;
  let won = 0;
  for (const run of tiedRuns(scores, labels)) {
    won += run.negatives * (positivesAbove + run.positives / 2);
    positivesAbove += run.positives;
    negatives += run.negatives;
  }
  return positivesAbove === 0 || negatives === 0 ? NaN : won / (positivesAbove * negatives);
}
