import { lowerGammaP, upperGammaQ } from './incomplete-gamma.js';

/**
 * Survival function of the standard normal distribution, P(Z > z).
 *
 * ½ Q(½, z²/2) for z ≥ 0, so the right tail keeps its relative precision.
 *
 * @param z any number, ±Infinity allowed.
 * @throws AppError invalid_input for NaN.
 * @example normalSf(1.959963984540054) // 0.025
 * @see [1] DLMF 7.11.2.
 */
export function normalSf(z: number): number {
  const half = (z * z) / 2;
  return z >= 0 ? 0.5 * upperGammaQ(0.5, half) : 0.5 + 0.5 * lowerGammaP(0.5, half);
}
