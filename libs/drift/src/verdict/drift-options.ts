import { fnv1a64, invalidInput } from '@fraudflow/core';

/** Options of verdicts. Every field is part of the digest in each verdict. */
export interface DriftOptions {
  /** A window with fewer rows is reported but gives no evidence. */
  readonly minRows: number;
  /** A feature is reported as `drifted` at or below this KS p-value. This is information and triggers nothing. */
  readonly ksAlpha: number;
  /** Whether to compute the exact KS test. */
  readonly hasKs: boolean;
  /**
   * Smallest drift that gives evidence, as the effect Σ (Δp)²/p over bins. A normal distribution shifted by 0.1
   * sigma has 0.01.
   */
  readonly effectFloor: number;
  /** Tolerated increase of the missing share and of the share outside the reference range. */
  readonly shareFloor: number;
  /** Confidence level for the sampling error of the reference. */
  readonly referenceConfidence: number;
  /** Expected rows that a bin needs for the chi-square distribution. Smaller bins merge with neighbours. */
  readonly minExpected: number;
}

/** Default options of the library. */
export const DEFAULT_DRIFT_OPTIONS: DriftOptions = {
  minRows: 100,
  ksAlpha: 0.05,
  hasKs: true,
  effectFloor: 0.002,
  shareFloor: 0.005,
  referenceConfidence: 0.999,
  minExpected: 5,
};

/**
 * Completes options with defaults.
 *
 * @returns all options.
 * @throws AppError invalid_input with the field that is out of range.
 */
export function driftOptions(partial: Partial<DriftOptions> = {}): DriftOptions {
  const options = { ...DEFAULT_DRIFT_OPTIONS, ...partial };
  const shares = ['ksAlpha', 'effectFloor', 'shareFloor', 'referenceConfidence'] as const;
  for (const field of shares) {
    if (!(options[field] >= 0 && options[field] < 1)) throw invalidInput(`${field} must be in [0, 1)`, { field });
  }
  if (!(options.minRows >= 1)) throw invalidInput('minRows must be at least 1', { field: 'minRows' });
  if (!(options.minExpected > 0)) throw invalidInput('minExpected must be above 0', { field: 'minExpected' });
  return options;
}

/**
 * Computes a short digest of options. Verdicts with equal digests are comparable.
 *
 * @param options plain JSON values by name; the order of names does not matter.
 * @returns 16 hexadecimal digits.
 */
export function optionsDigest(options: object): string {
  const entries = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return fnv1a64(JSON.stringify(entries)).toString(16).padStart(16, '0');
}
