import { type DriftMethod, sharesOf } from './drift-method.js';
import type { SharePair } from './shares.js';
import { zeroFill } from './zero-fill.js';

/**
 * Population stability index, Σ (r − c)·ln(r/c) over zero-filled shares; ≥ 0, unbounded.
 *
 * Under no drift its mean is about (K−1)(1/n + 1/m): compare with `psiNoiseFloor`, not with a fixed 0.1. O(K).
 *
 * @param shares K shares of the same bins on both sides, each side summing to 1.
 * @returns the index, 0 for equal shares.
 * @example psi({ reference: Float64Array.of(0.5, 0.5), current: Float64Array.of(0.4, 0.6) }) // 0.0405...
 * @see [1] B. Yurdakul, Statistical properties of population stability index, 2018. [2] Evidently 0.7.21 `psi`.
 */
export function psi(shares: SharePair): number {
  const reference = zeroFill(shares.reference);
  const current = zeroFill(shares.current);
  return reference.reduce((sum, r, i) => {
    const c = current[i] as number;
    return sum + (r - c) * Math.log(r / c);
  }, 0);
}

/** Population stability index over Evidently's bins or categories. */
export const psiMethod: DriftMethod = {
  name: 'psi',
  kinds: ['real', 'integer', 'category'],
  defaultThreshold: 0.1,
  driftIf: '>=',
  score: (sides) => psi(sharesOf(sides)),
};
