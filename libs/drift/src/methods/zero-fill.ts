/**
 * Evidently's replacement of empty shares before PSI and KL, per side and without renormalising.
 *
 * With m the smallest non-zero share, each 0 becomes m·1e-6 if m ≤ 1e-4, else 1e-4. Without zeros the shares are
 * returned unchanged. O(K).
 *
 * @param shares K shares ≥ 0.
 * @returns a new array of K shares > 0.
 * @example zeroFill([0, 1]) // [0.0001, 1]
 * @see [1] Evidently 0.7.21, evidently.legacy.calculations.stattests.utils.get_binned_data.
 */
export function zeroFill(shares: ArrayLike<number>): Float64Array {
  const filled = Float64Array.from(shares);
  const smallest = filled.reduce((min, share) => (share > 0 && share < min ? share : min), Infinity);
  const fill = smallest <= 1e-4 ? smallest * 1e-6 : 1e-4;
  return filled.map((share) => (share === 0 ? fill : share));
}
