import type { SharePair } from './shares.js';

/**
 * Jensen-Shannon distance √((KL(r,m) + KL(c,m))/2), m = (r+c)/2, natural logarithm.
 *
 * In [0, √ln 2 = 0.8326]; empty bins count 0, no zero fill. O(K).
 *
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
