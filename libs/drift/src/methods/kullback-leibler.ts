import { type DriftMethod, sharesOf } from './drift-method.js';
import type { SharePair } from './shares.js';
import { zeroFill } from './zero-fill.js';

/**
 * Kullback-Leibler divergence of current from reference, KL(reference ‖ current), natural logarithm; ≥ 0,
 * unbounded.
 *
 * Both zero-filled vectors are renormalised first, as scipy's `entropy` does. O(K).
 *
 * @param shares K shares of the same bins on both sides, each side summing to 1.
 * @returns the divergence, 0 for equal shares.
 * @see [1] Evidently 0.7.21 `kl_div`; scipy.stats.entropy(pk, qk).
 */
export function kullbackLeibler(shares: SharePair): number {
  const reference = zeroFill(shares.reference);
  const current = zeroFill(shares.current);
  const referenceSum = reference.reduce((sum, share) => sum + share, 0);
  const currentSum = current.reduce((sum, share) => sum + share, 0);
  return reference.reduce((sum, share, i) => {
    const r = share / referenceSum;
    return sum + r * Math.log(r / ((current[i] as number) / currentSum));
  }, 0);
}

/** Kullback-Leibler divergence over Evidently's bins or categories. */
export const kullbackLeiblerMethod: DriftMethod = {
  name: 'kl_div',
  kinds: ['real', 'integer', 'category'],
  defaultThreshold: 0.1,
  driftIf: '>=',
  score: (sides) => kullbackLeibler(sharesOf(sides)),
};
