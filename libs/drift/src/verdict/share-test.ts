import { binomialAtLeast, chiSquareQuantile } from '@fraudflow/stats';
import type { DriftOptions } from './drift-options.js';

/** One-sided test whether a rare share increased, such as the share of missing values. */
export interface ShareTest {
  readonly reference: number;
  readonly window: number;
  /** Allowed share: the reference's upper confidence bound, at least its share plus the floor. */
  readonly allowed: number;
  /** Probability of this number of rows or more at the allowed share. */
  readonly pValue: number;
}

/**
 * Exact binomial test against an allowed share that already covers the reference's sampling error. O(√n) usually.
 *
 * @param reference `count` rows of that kind among `rows`; a count of 0 gives a bound of about 7/m. Without rows
 * every share is allowed.
 */
export function shareTest(
  reference: { readonly count: number; readonly rows: number },
  window: { readonly count: number; readonly rows: number },
  options: DriftOptions,
): ShareTest {
  if (reference.rows === 0) {
    return { reference: 0, window: window.rows === 0 ? 0 : window.count / window.rows, allowed: 1, pValue: 1 };
  }
  const share = reference.count / reference.rows;
  // Garwood's exact upper bound of a Poisson count.
  const upper = chiSquareQuantile(options.referenceConfidence, 2 * (reference.count + 1)) / 2;
  const allowed = Math.min(1, Math.max(upper / reference.rows, share + options.shareFloor));
  return {
    reference: share,
    window: window.rows === 0 ? 0 : window.count / window.rows,
    allowed,
    pValue: binomialAtLeast(window.count, window.rows, allowed),
  };
}
