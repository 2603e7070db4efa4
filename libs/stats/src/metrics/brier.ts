import { checkPairs } from './ranking.js';

/**
 * Brier score, the mean squared error of probabilities, mean((p − y)²); in [0, 1], lower is better. Empty gives NaN.
 * O(n).
 *
 * @param probabilities in [0, 1]. @param labels 0 or 1, as many.
 * @returns the mean squared error in [0, 1], NaN for no rows.
 * @throws AppError invalid_input for unequal lengths or NaN.
 * @example brier([0.5], [1]) // 0.25
 * @see [1] G. Brier, Verification of forecasts expressed in terms of probability, 1950.
 */
export function brier(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPairs(probabilities, labels);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    sum += ((probabilities[i] as number) - (labels[i] as number)) ** 2;
  }
  return sum / probabilities.length;
}
