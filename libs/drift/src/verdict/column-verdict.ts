import { ksTwoSampleSorted, logEValueOfP, logMeanE } from '@fraudflow/stats';
import { psi } from '../methods/psi.js';
import { psiNoiseFloor } from '../methods/psi-noise-floor.js';
import type { ReferenceColumn } from '../profile/reference-column.js';
import type { ColumnCounts } from '../window/window-counts.js';
import { type DistributionTest, distributionTest } from './distribution-test.js';
import type { DriftOptions } from './drift-options.js';
import { type ShareTest, shareTest } from './share-test.js';

/** Exact two-sample KS test of the kept values. If the sizes are below the row counts, the samples are capped. */
export interface KsVerdict {
  readonly statistic: number;
  readonly pValue: number;
  readonly referenceSize: number;
  readonly windowSize: number;
}

/** Verdict on one feature, or on the score, in one window. Plain JSON. */
export interface ColumnVerdict {
  readonly name: string;
  /** Window rows and reference rows with a value. */
  readonly n: number;
  readonly m: number;
  /** Null when a side has no value, or KS is switched off. */
  readonly ks: KsVerdict | null;
  /**
   * Whether the KS p-value is at or below the option's alpha. At alpha 0.05, 5 % of windows without drift have it, so
   * it raises no alarm.
   */
  readonly isKsDrifted: boolean;
  /** Over the reference-quantile bins. */
  readonly psi: number;
  /** The 95 % quantile of PSI without drift, for these sample sizes. */
  readonly psiNoiseFloor: number;
  /** psi / psiNoiseFloor; 0 when the floor is 0. */
  readonly psiRatio: number;
  readonly distribution: DistributionTest;
  readonly missing: ShareTest;
  readonly outOfRange: ShareTest;
  readonly mean: { readonly reference: number; readonly window: number | null };
  /** ln of the window's e-value: weighted mean of the three tests'. */
  readonly logE: number;
}

/** Weights of the e-values of distribution, missing share and out-of-range share. */
const TEST_WEIGHTS = [0.8, 0.1, 0.1] as const;

/**
 * Computes the verdict on one column of a window.
 *
 * @param values ascending finite values of the window's row sample.
 * @param rows all rows of the window.
 */
export function columnVerdict(
  reference: ReferenceColumn,
  counts: ColumnCounts,
  window: { readonly values: Float64Array; readonly rows: number },
  options: DriftOptions,
): ColumnVerdict {
  const n = window.rows - counts.missing;
  const m = reference.present;
  const distribution = distributionTest(reference.bins, counts.bins, options);
  const referenceRows = m + reference.missing;
  const missing = shareTest(
    { count: reference.missing, rows: referenceRows },
    { count: counts.missing, rows: window.rows },
    options,
  );
  // The reference range is given by its extremes, so its number of exceedances counts as one instead of zero.
  const outOfRange = shareTest(
    { count: 1, rows: referenceRows },
    { count: counts.outOfRange, rows: window.rows },
    options,
  );
  const logDistribution = distribution.df === 0 ? 0 : logEValueOfP(distribution.pValue);
  const logs = [logDistribution, logEValueOfP(missing.pValue), logEValueOfP(outOfRange.pValue)];
  const ks = options.hasKs ? ksVerdict(reference.sample, window.values) : null;
  const stability = stabilityOf(reference.bins.counts, counts.bins, n, m);
  return {
    name: reference.name,
    n,
    m,
    ks,
    isKsDrifted: ks !== null && ks.pValue <= options.ksAlpha,
    ...stability,
    distribution,
    missing,
    outOfRange,
    mean: { reference: reference.mean, window: meanOf(window.values) },
    logE: logMeanE(logs, TEST_WEIGHTS),
  };
}

function ksVerdict(reference: Float64Array, window: Float64Array): KsVerdict | null {
  if (reference.length === 0 || window.length === 0) return null;
  const { statistic, pValue } = ksTwoSampleSorted(reference, window);
  return { statistic, pValue, referenceSize: reference.length, windowSize: window.length };
}

function stabilityOf(
  reference: readonly number[],
  window: Float64Array,
  n: number,
  m: number,
): Pick<ColumnVerdict, 'psi' | 'psiNoiseFloor' | 'psiRatio'> {
  if (n === 0 || m === 0) return { psi: 0, psiNoiseFloor: 0, psiRatio: 0 };
  const score = psi({
    reference: Float64Array.from(reference, (count) => count / m),
    current: window.map((count) => count / n),
  });
  const floor = psiNoiseFloor(reference.length, n, m);
  return { psi: score, psiNoiseFloor: floor, psiRatio: floor === 0 ? 0 : score / floor };
}

function meanOf(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
