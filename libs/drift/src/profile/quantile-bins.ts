/** Frozen bins of a column: cut points and the reference count of each bin. */
export interface QuantileBins {
  /** Strictly ascending inner cut points; bin i is (cuts[i−1], cuts[i]], open-ended at both sides. */
  readonly cuts: readonly number[];
  /** Reference rows per bin, `cuts.length + 1` of them, none zero. */
  readonly counts: readonly number[];
}

/**
 * Bins at the reference quantiles j/K. Ties never split a value: equal cut points merge, so a zero-inflated column gets
 * one bin for its zeros and a constant column a single bin. O(n).
 *
 * @param sorted ascending finite values; none gives one empty bin.
 * @param binCount K ≥ 1, the largest number of bins.
 * @example quantileBins([0, 0, 0, 1], 2) // { cuts: [0], counts: [3, 1] }
 */
export function quantileBins(sorted: Float64Array, binCount: number): QuantileBins {
  const n = sorted.length;
  const cuts: number[] = [];
  const counts: number[] = [];
  let below = 0;
  for (let j = 1; j < binCount && n > 0; j++) {
    const cut = sorted[Math.max(0, Math.ceil((n * j) / binCount) - 1)] as number;
    if (cut === cuts.at(-1) || cut >= (sorted[n - 1] as number)) continue;
    const upTo = countUpTo(sorted, cut);
    cuts.push(cut);
    counts.push(upTo - below);
    below = upTo;
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
