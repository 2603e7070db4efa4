import { invalidInput } from '@fraudflow/core';

/** Shares of the same bins or categories on both sides, each summing to 1. */
export interface SharePair {
  readonly reference: Float64Array;
  readonly current: Float64Array;
}

/** Evidently's type of a column. Columns of whole numbers get bins with a width of at least 1. */
export type NumberKind = 'real' | 'integer';

const MIN_DISTINCT_FOR_BINS = 20;

/**
 * Evidently's shares of a numerical column over common bins, the input of its PSI, KL and JS.
 *
 * More than 20 distinct reference values: equal-width bins over the pooled range, counted by Sturges; else each
 * distinct value is a category. Pinned to Evidently 0.7.21, where the argument `n_bins` has no effect. O(n log n).
 *
 * @param reference values in any order; values that are not finite are dropped. @param current likewise.
 * @param kind whole numbers get bins with a width of at least 1.
 * @returns shares of the same bins on both sides.
 * @throws AppError invalid_input when a side has no finite value.
 * @see [1] evidently.legacy.calculations.stattests.utils.get_binned_data.
 */
export function numericShares(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  kind: NumberKind = 'real',
): SharePair {
  const a = Array.from(reference).filter(Number.isFinite);
  const b = Array.from(current).filter(Number.isFinite);
  if (new Set(a).size <= MIN_DISTINCT_FOR_BINS) return categoryShares(a, b);
  checkSides(a.length, b.length);
  const edges = sturgesEdges([...a, ...b], kind);
  return { reference: sharesOfBins(a, edges), current: sharesOfBins(b, edges) };
}

/**
 * Shares of each distinct value, categories in order of first appearance (reference first).
 *
 * @param reference values of one side, at least one. @param current values of the other side, at least one.
 * @returns one share per distinct value, in [0, 1].
 * @throws AppError invalid_input when a side is empty.
 * @example categoryShares(['a', 'b'], ['a', 'a']) // reference [0.5, 0.5], current [1, 0]
 */
export function categoryShares<T>(reference: readonly T[], current: readonly T[]): SharePair {
  const counts = categoryCounts(reference, current);
  return {
    reference: counts.reference.map((count) => count / reference.length),
    current: counts.current.map((count) => count / current.length),
  };
}

/**
 * Number of each distinct value on both sides, categories in order of first appearance (reference first).
 *
 * @param reference values of one side, at least one. @param current values of the other side, at least one.
 * @returns counts of the same categories on both sides.
 * @throws AppError invalid_input when a side is empty.
 */
export function categoryCounts<T>(
  reference: readonly T[],
  current: readonly T[],
): { readonly reference: Float64Array; readonly current: Float64Array } {
  checkSides(reference.length, current.length);
  const place = new Map<T, number>();
  for (const value of [...reference, ...current]) if (!place.has(value)) place.set(value, place.size);
  const count = (values: readonly T[]): Float64Array => {
    const counts = new Float64Array(place.size);
    for (const value of values) {
      const index = place.get(value) ?? 0;
      counts[index] = (counts[index] as number) + 1;
    }
    return counts;
  };
  return { reference: count(reference), current: count(current) };
}

/**
 * Edges of equal-width bins, numbered by Sturges: width = (max−min)/(log2(n)+1), bins = ⌈(max−min)/width⌉.
 *
 * One value only: the range is widened by 0.5 each side, one bin. Integer columns get width ≥ 1.
 *
 * @see [1] numpy.histogram_bin_edges(bins='sturges'), numpy ≥ 2.
 */
export function sturgesEdges(pooled: readonly number[], kind: NumberKind): Float64Array {
  let min = Infinity;
  let max = -Infinity;
  for (const value of pooled) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min === max) return Float64Array.of(min - 0.5, max + 0.5);
  const width = (max - min) / (Math.log2(pooled.length) + 1);
  const bins = Math.ceil((max - min) / (kind === 'integer' ? Math.max(1, width) : width));
  const edges = new Float64Array(bins + 1);
  for (let i = 0; i < bins; i++) edges[i] = min + i * ((max - min) / bins);
  edges[bins] = max;
  return edges;
}

/** Shares in [edge_i, edge_{i+1}), the last bin closed; values outside the edges are not counted. */
export function sharesOfBins(values: readonly number[], edges: Float64Array): Float64Array {
  const bins = edges.length - 1;
  const counts = new Float64Array(bins);
  const first = edges[0] as number;
  const last = edges[bins] as number;
  for (const value of values) {
    if (value < first || value > last) continue;
    let bin = Math.min(bins - 1, Math.floor(((value - first) / (last - first)) * bins));
    while (bin > 0 && value < (edges[bin] as number)) bin--;
    while (bin < bins - 1 && value >= (edges[bin + 1] as number)) bin++;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts.map((count) => count / values.length);
}

/** Checks that both sides have values. @throws AppError invalid_input when a side has none. */
export function checkSides(reference: number, current: number): void {
  if (reference === 0 || current === 0) throw invalidInput('a drift score needs values on both sides');
}
