import { defined, failedPrecondition } from '@fraudflow/core';
import { logMeanE } from '@fraudflow/stats';
import type { ReferenceProfile } from '../profile/reference-profile.js';
import type { WindowCounts } from '../window/window-counts.js';
import { type ColumnVerdict, columnVerdict } from './column-verdict.js';
import { type DriftOptions, driftOptions, optionsDigest } from './drift-options.js';

/** Verdict on one closed window of one model version. Plain JSON; the same rows give the same bytes. */
export interface WindowVerdict {
  readonly method: typeof VERDICT_METHOD;
  readonly model: string;
  readonly version: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Rows of the window and of the reference. */
  readonly n: number;
  readonly m: number;
  /** `insufficient`: the window has too few rows, and every e-value is 1. */
  readonly status: 'evaluated' | 'insufficient';
  readonly features: readonly ColumnVerdict[];
  readonly score: ColumnVerdict;
  /** Features with KS p ≤ alpha, for information only. */
  readonly ksDrifted: readonly string[];
  /** ln of the mean e-value over the features: this window's evidence of input drift. */
  readonly inputLogE: number;
  /** ln of the score's e-value: this window's evidence of score drift. */
  readonly scoreLogE: number;
  readonly optionsDigest: string;
}

const VERDICT_METHOD = 'fraudflow.window-verdict/1';

/**
 * Compares a closed window with the model's reference.
 *
 * Deterministic: no clock, no randomness. 15 features at n = 2000 against a sample of 2000: about 15 ms with exact KS,
 * 50 to 130 ms if every column has strong drift, 3 ms without KS.
 *
 * @param profile reference of the model version. @param window closed window counted with that profile.
 * @param partialOptions options that differ from the defaults.
 * @returns the verdict; `insufficient` below `minRows`.
 * @throws AppError failed_precondition when the window was counted with another profile; invalid_input for options out
 * of range.
 */
export function evaluateWindow(
  profile: ReferenceProfile,
  window: WindowCounts,
  partialOptions: Partial<DriftOptions> = {},
): WindowVerdict {
  const options = driftOptions(partialOptions);
  if (window.columns.length !== profile.features.length + 1) {
    throw failedPrecondition('the window was counted with another profile');
  }
  const columns = profile.columns.map((reference, i) => {
    const counts = defined(window.columns[i], 'window column');
    return columnVerdict(reference, counts, { values: window.sample.sortedColumn(i), rows: window.rows }, options);
  });
  const features = columns.slice(0, -1);
  const score = defined(columns.at(-1), 'score column');
  const isEvaluated = window.rows >= options.minRows;
  return {
    method: VERDICT_METHOD,
    model: profile.model,
    version: profile.version,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    n: window.rows,
    m: profile.rows,
    status: isEvaluated ? 'evaluated' : 'insufficient',
    features,
    score,
    ksDrifted: features.filter((feature) => feature.isKsDrifted).map((feature) => feature.name),
    inputLogE: isEvaluated ? logMeanE(features.map((feature) => feature.logE)) : 0,
    scoreLogE: isEvaluated ? score.logE : 0,
    optionsDigest: optionsDigest(options),
  };
}
