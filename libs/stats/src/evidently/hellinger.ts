import { checkSides, type NumberKind, type SharePair, sharesOfBins, sturgesEdges } from './shares.js';

/**
 * Hellinger distance √(1 − BC), BC = Σ √(r·c) clipped to [0, 1]; in [0, 1]. For categories. O(K).
 *
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
 * @throws AppError invalid_input when a side has no finite value.
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
