import { LABEL_SOURCES } from '@fraudflow/core';

/**
 * A label in four bits: 0 for none, else 1 + (source rank × 2 + (fraud ? 1 : 0)). Genuine labels are odd, fraud labels
 * even, and a lower pair is more trusted.
 */
export type LabelCode = number;

export const NO_LABEL: LabelCode = 0;

/** Number of codes other than `NO_LABEL`: they are 1..LABEL_CODES. */
export const LABEL_CODES = LABEL_SOURCES.length * 2;

export function labelCode(sourceRank: number, isFraud: boolean): LabelCode {
  return 1 + sourceRank * 2 + (isFraud ? 1 : 0);
}

export function isFraudCode(code: LabelCode): boolean {
  return code !== NO_LABEL && (code & 1) === 0;
}

/** A label and when it became available, ms. */
export interface CodedLabel {
  readonly code: LabelCode;
  readonly labelledAtMs: number;
}

/**
 * True if label `a` is in force instead of `b` when both are available; equals `compareLabels` of their codes.
 * `NO_LABEL` precedes nothing.
 */
export function precedes(a: CodedLabel, b: CodedLabel): boolean {
  if (a.code === NO_LABEL || b.code === NO_LABEL) return a.code !== NO_LABEL;
  const ranks = ((a.code - 1) >> 1) - ((b.code - 1) >> 1);
  if (ranks !== 0) return ranks < 0;
  if (a.labelledAtMs !== b.labelledAtMs) return a.labelledAtMs > b.labelledAtMs;
  return isFraudCode(a.code) && !isFraudCode(b.code);
}

/** True if a label is never in force because of another that is available no later and is not preceded by it. */
export function isDominated(label: CodedLabel, by: CodedLabel): boolean {
  return by.labelledAtMs <= label.labelledAtMs && !precedes(label, by);
}
