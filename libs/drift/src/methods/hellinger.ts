import { type DriftMethod, sharesOf } from './drift-method.js';
import { checkSides, type NumberKind, type SharePair, sharesOfBins, sturgesEdges } from './shares.js';

/**
 * Hellinger distance √(1 − BC), BC = Σ √(r·c) clipped to [0, 1]; in [0, 1]. For categories. O(K).
 *
 * @param shares K shares of the same categories on both sides, each side summing to 1.
 * @returns the distance, 0 for equal shares.
 * @see [1] Evidently 0.7.21 `hellinger`.
 */
export function hellinger(shares: SharePair): number {
  const overlap = shares.reference.reduce((sum, r, i) => sum + Math.sqrt(r * (shares.current[i] as number)), 0);
  return Math.sqrt(1 - Math.min(1, Math.max(0, overlap)));
}

/**
 * Hellinger distance of a numerical column: Sturges' bins over the *distinct* pooled values, as Evidently counts them.
 *
 * √(d_r·d_c)·width of densities equals √(r·c) of shares, as all bins are equally wide. O(n log n).
 *
 * @param reference values in any order; values that are not finite are dropped. @param current likewise.
 * @param kind whole numbers get bins with a width of at least 1.
 * @returns the distance in [0, 1].
 * @throws AppError invalid_input when a side has no finite value.
 * @see [1] Evidently 0.7.21 `hellinger`.
 */
export function hellingerNumeric(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  kind: NumberKind = 'real',
): number {
  const a = Array.from(reference).filter(Number.isFinite);
  const b = Array.from(current).filter(Number.isFinite);
  checkSides(a.length, b.length);
  const edges = sturgesEdges([...new Set([...a, ...b])], kind);
  return hellinger({ reference: sharesOfBins(a, edges), current: sharesOfBins(b, edges) });
}

/** Hellinger distance: of bins over the distinct values for numbers, of shares for categories. */
export const hellingerMethod: DriftMethod = {
  name: 'hellinger',
  kinds: ['real', 'integer', 'category'],
  defaultThreshold: 0.1,
  driftIf: '>=',
  score: (sides) =>
    sides.kind === 'category'
      ? hellinger(sharesOf(sides))
      : hellingerNumeric(sides.reference, sides.current, sides.kind),
};
