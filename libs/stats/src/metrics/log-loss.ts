import { checkPairs } from './ranking.js';

/**
 * Mean negative log-likelihood of probabilities, −mean(y·ln p + (1−y)·ln(1−p)); ≥ 0, lower is better.
 *
 * Probabilities are clipped to [2⁻⁵², 1 − 2⁻⁵²] as scikit-learn does for float64. Empty input gives NaN.
 * O(n).
 *
 * @param probabilities in [0, 1]. @param labels 0 or 1, as many.
 * @returns the mean in nats, NaN for no rows.
 * @throws AppError invalid_input for unequal lengths or NaN.
 * @example logLoss([0.5], [1]) // 0.6931471805599453
 * @see [1] sklearn.metrics.log_loss.
 */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPairs(probabilities, labels);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probabilities[i] as number));
    sum -= labels[i] === 1 ? Math.log(p) : Math.log1p(-p);
  }
  return sum / probabilities.length;
}
