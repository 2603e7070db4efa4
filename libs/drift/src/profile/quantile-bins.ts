/** Frozen bins of a column: cut points and the reference count of each bin. */
export interface QuantileBins {
  /** Strictly ascending inner cut points; bin i is (cuts[i−1], cuts[i]], open-ended at both sides. */
  readonly cuts: readonly number[];
  /** Reference rows per bin, `cuts.length + 1` of them, none zero. */
  readonly counts: readonly number[];
}

/**
 * Bins at the reference quantiles j/K. Equal values are always in one bin. A frequent value (at least 1/K of the rows)
 * gets a separate bin: a flag that is nearly always 1 has one bin for its zeros and one for its ones. A constant column
 * has one bin. O(n + K·log n).
 *
 * @param sorted ascending finite values; an empty array gives one empty bin.
 * @param binCount K ≥ 1; there are at most 2·K bins.
 * @example quantileBins([0, 0, 0, 1], 2) // { cuts: [0], counts: [3, 1] }
 */
export function quantileBins(sorted: Float64Array, binCount: number): QuantileBins {
  const n = sorted.length;
  const max = sorted[n - 1] as number;
  const cuts: number[] = [];
  const counts: number[] = [];
  let below = 0;
  const cutAfter = (upTo: number): void => {
    const cut = sorted[upTo - 1] as number;
    if (upTo <= below || cut >= max) return;
    cuts.push(cut);
    counts.push(upTo - below);
    below = upTo;
  };
  for (let j = 1; j < binCount && n > 0; j++) {
    const value = sorted[Math.max(0, Math.ceil((n * j) / binCount) - 1)] as number;
    const first = countBelow(sorted, value);
    const upTo = countUpTo(sorted, value);
    if (first > 0 && (upTo - first) * binCount >= n) cutAfter(first);
    cutAfter(upTo);
  }
  counts.push(n - below);
  return { cuts, counts };
}

/** Number of values ≤ limit in an ascending array, by bisection. */
function countUpTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Number of values < limit in an ascending array, by bisection. */
function countBelow(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
