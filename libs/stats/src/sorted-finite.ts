/**
 * Ascending copy of the finite values; NaN and ±Infinity are dropped, as Evidently does per side.
 *
 * Complexity O(n log n). The input is not changed.
 *
 * @param values in any order.
 * @returns a new ascending array, empty if no value is finite.
 * @example sortedFinite([3, NaN, 1]) // Float64Array [1, 3]
 * @see [1] Evidently 0.7.21, data cleaning of drift tests.
 */
export function sortedFinite(values: Iterable<number>): Float64Array {
  return Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
}
