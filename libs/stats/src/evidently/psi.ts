import type { SharePair } from './shares.js';
import { zeroFill } from './zero-fill.js';

/**
 * Population stability index, Σ (r − c)·ln(r/c) over zero-filled shares; ≥ 0, unbounded.
 *
 * Under no drift its mean is about (K−1)(1/n + 1/m): compare with {@link psiNoiseFloor}, never with 0.1. O(K).
 *
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
