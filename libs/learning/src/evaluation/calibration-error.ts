import { invalidInput } from '@fraudflow/core';
import { checkLengths, checkProbabilities } from './check-columns.js';
import { cardNumbers } from './resampling/card-numbers.js';
import { CALIBRATION_BINS } from './resampling/equal-count-bins.js';
import { RankedRows } from './resampling/ranked-rows.js';

/**
 * Expected calibration error: Σ rows of bin/rows · |mean score − share of frauds| over bins with equal numbers of rows
 * by ascending score. Unlike bins of equal width, each bin has enough rows at a small share of fraud. Rows of equal
 * score are divided among bins in proportion, so the order of the rows has no effect. O(n log n).
 * @param scores fraud probabilities, 0..1. @param labels 1 fraud, 0 genuine, as many.
 * @param bins number of bins, default 15.
 * @returns the error in [0, 1], lower is better.
 * @throws AppError invalid_input for no rows, unequal lengths, scores outside [0, 1], or a bad number of bins.
 * @example calibrationError([0.1, 0.2, 0.6, 0.7], [0, 0, 1, 1], 2) // 0.25
 * Source: M. Naeini et al., Obtaining well calibrated probabilities using Bayesian binning, 2015.
 */
export function calibrationError(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins = CALIBRATION_BINS,
): number {
  checkLengths({ scores, labels });
  checkProbabilities(scores);
  if (!Number.isInteger(bins) || bins < 1) {
    throw invalidInput(`bins must be a whole number of at least 1, not ${bins}`, { field: 'bins' });
  }
  const oneCard = cardNumbers(new Uint8Array(scores.length));
  return new RankedRows(scores, labels, oneCard).metrics(Int32Array.of(1), bins).ece;
}
