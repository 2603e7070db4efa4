import { chiSquareQuantile, noncentralChiSquareSf } from '@fraudflow/stats';
import type { QuantileBins } from '../profile/quantile-bins.js';
import type { DriftOptions } from './drift-options.js';
import { shareTest } from './share-test.js';

/** Size-aware test of the window's bin counts against the reference. */
export interface DistributionTest {
  /** Σ (count − n·p)²/(n·p) over the merged bins. */
  readonly statistic: number;
  /** Merged bins − 1; 0 when there is nothing to compare. */
  readonly df: number;
  /** Allowed drift: max(effect floor, χ²_{df, confidence}/m). */
  readonly tau: number;
  /** n·tau, the non-centrality of the null distribution. */
  readonly nonCentrality: number;
  /**
   * Right tail of the non-central chi-square distribution; 1 when df is 0. If all bins but one are too rare for it:
   * exact binomial tail of the rows outside the largest bin, against their share in the reference (see `shareTest`).
   */
  readonly pValue: number;
}

/**
 * Tests whether a column drifted by more than the floor and the reference's own sampling error.
 *
 * The plain chi-square test treats the reference as exact, so it rejects more often in larger windows. The
 * non-centrality n·tau accounts for the sampling error of the reference and for drift below the effect floor.
 * O(K + n·tau).
 *
 * @param counts window rows per reference bin.
 * @see [1] J. L. Hodges, E. L. Lehmann, Testing the approximate validity of statistical hypotheses, J. R. Stat. Soc. B
 * 16, 1954.
 */
export function distributionTest(
  bins: QuantileBins,
  counts: ArrayLike<number>,
  options: DriftOptions,
): DistributionTest {
  const m = sum(bins.counts);
  const n = sum(counts);
  const merged = mergeSmall(bins.counts, counts, n / m, options.minExpected);
  const df = merged.length - 1;
  if (n === 0 || m === 0 || bins.counts.length < 2) return { statistic: 0, df: 0, tau: 0, nonCentrality: 0, pValue: 1 };
  if (df < 1) return rareTest(bins, counts, { m, n }, options);
  const statistic = merged.reduce((total, { expected, observed }) => total + (observed - expected) ** 2 / expected, 0);
  const tau = Math.max(options.effectFloor, chiSquareQuantile(options.referenceConfidence, df) / m);
  const pValue = noncentralChiSquareSf(statistic, df, n * tau);
  return { statistic, df, tau, nonCentrality: n * tau, pValue };
}

/** For a column with one dominant value: tests whether the other values became more frequent. */
function rareTest(
  { counts: reference }: QuantileBins,
  counts: ArrayLike<number>,
  { m, n }: { readonly m: number; readonly n: number },
  options: DriftOptions,
): DistributionTest {
  const largest = reference.indexOf(Math.max(...reference));
  const rare = { count: m - (reference[largest] ?? 0), rows: m };
  const seen = { count: n - (counts[largest] ?? 0), rows: n };
  const expected = (rare.count * n) / m;
  const { pValue } = shareTest(rare, seen, options);
  const statistic = (seen.count - expected) ** 2 * (1 / expected + 1 / (n - expected));
  return { statistic, df: 1, tau: 0, nonCentrality: 0, pValue };
}

interface Bin {
  expected: number;
  observed: number;
}

/** Merges neighbouring bins until each expects enough rows. A remainder is merged into the last bin. */
function mergeSmall(
  reference: readonly number[],
  counts: ArrayLike<number>,
  scale: number,
  minExpected: number,
): Bin[] {
  const merged: Bin[] = [];
  let open: Bin = { expected: 0, observed: 0 };
  reference.forEach((count, i) => {
    open.expected += count * scale;
    open.observed += counts[i] ?? 0;
    if (open.expected < minExpected) return;
    merged.push(open);
    open = { expected: 0, observed: 0 };
  });
  const last = merged.at(-1);
  if (last === undefined) return [open];
  last.expected += open.expected;
  last.observed += open.observed;
  return merged;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
