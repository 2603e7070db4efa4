import { type DriftMethod, sharesOf } from './drift-method.js';
import type { SharePair } from './shares.js';

/**
 * Jensen-Shannon distance √((KL(r,m) + KL(c,m))/2), m = (r+c)/2, natural logarithm.
 *
 * In [0, √ln 2 = 0.8326]; empty bins count 0, no zero fill. O(K).
 *
 * @param shares K shares of the same bins on both sides, each side summing to 1.
 * @returns the distance, 0 for equal shares.
 * @see [1] Evidently 0.7.21 `jensenshannon`; scipy.spatial.distance.jensenshannon.
 */
export function jensenShannon(shares: SharePair): number {
  let sum = 0;
  shares.reference.forEach((r, i) => {
    const c = shares.current[i] as number;
    const middle = (r + c) / 2;
    if (r > 0) sum += r * Math.log(r / middle);
    if (c > 0) sum += c * Math.log(c / middle);
  });
  return Math.sqrt(Math.max(0, sum) / 2);
}

/** Jensen-Shannon distance over Evidently's bins or categories. */
export const jensenShannonMethod: DriftMethod = {
  name: 'jensenshannon',
  kinds: ['real', 'integer', 'category'],
  defaultThreshold: 0.1,
  driftIf: '>=',
  score: (sides) => jensenShannon(sharesOf(sides)),
};
