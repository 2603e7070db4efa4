import { checkPairs } from './ranking.js';

/** Counts of decisions against truth at one threshold. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Rates in [0, 1]; a rate with a zero denominator is 0, as scikit-learn's default `zero_division`. */
export interface DecisionMetrics {
  readonly accuracy: number;
  readonly precision: number;
  /** True positive rate. */
  readonly recall: number;
  readonly f1: number;
  readonly falsePositiveRate: number;
}

/**
 * Confusion counts; a score at or above the threshold is a positive decision. O(n).
 *
 * @param scores any finite numbers. @param labels 0 or 1, as many.
 * @param threshold in the unit of the scores.
 * @returns four counts that add up to the number of rows.
 * @throws AppError invalid_input for unequal lengths or NaN scores.
 * @example confusion([0.2, 0.9], [0, 1], 0.5) // one true positive, one true negative
 * @see [1] sklearn.metrics.confusion_matrix.
 */
export function confusion(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold: number): Confusion {
  checkPairs(scores, labels);
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  for (let i = 0; i < scores.length; i++) {
    const isFlagged = (scores[i] as number) >= threshold;
    if (labels[i] === 1 && isFlagged) truePositives += 1;
    else if (labels[i] === 1) falseNegatives += 1;
    else if (isFlagged) falsePositives += 1;
  }
  const trueNegatives = scores.length - truePositives - falsePositives - falseNegatives;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/**
 * Precision, recall, F1, accuracy and false positive rate of confusion counts. O(1).
 *
 * @param counts of {@link confusion}.
 * @returns five rates in [0, 1].
 * @example decisionMetrics(confusion(scores, labels, 0.75)).recall
 * @see [1] sklearn.metrics.precision_recall_fscore_support.
 */
export function decisionMetrics(counts: Confusion): DecisionMetrics {
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts;
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    accuracy: ratio(tp + tn, tp + fp + fn + tn),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    falsePositiveRate: ratio(fp, fp + tn),
  };
}
