/**
 * Ascending copy of the finite values; NaN and ±Infinity are dropped, as Evidently does per side.
 *
 * Complexity O(n log n). The input is not changed.
 *
 * @example sortedFinite([3, NaN, 1]) // Float64Array [1, 3]
 */
export function sortedFinite(values: Iterable<number>): Float64Array {
  return Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
}
