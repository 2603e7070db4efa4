import { LABEL_SOURCES } from './state-event.js';

/**
 * A label in four bits: 0 for none, else 1 + (source rank × 2 + (fraud ? 1 : 0)), so that genuine labels are odd, fraud
 * labels even, and of two labels the lower pair is the more trusted.
 */
export type LabelCode = number;

export const NO_LABEL: LabelCode = 0;

/** Number of codes besides `NO_LABEL`: they are 1..LABEL_CODES. */
export const LABEL_CODES = LABEL_SOURCES.length * 2;

export function labelCode(sourceRank: number, isFraud: boolean): LabelCode {
  return 1 + sourceRank * 2 + (isFraud ? 1 : 0);
}

export function isFraudCode(code: LabelCode): boolean {
  return code !== NO_LABEL && (code & 1) === 0;
}

/** True if a label replaces another: it is from a more trusted source, or there is no other. */
export function isMoreTrusted(code: LabelCode, than: LabelCode): boolean {
  if (code === NO_LABEL) return false;
  return than === NO_LABEL || (code - 1) >> 1 < (than - 1) >> 1;
}

/** An event carries two labels in a byte: the one in force at the state's time, and the best taken, which may be of the future. */
export const packLabels = (inForce: LabelCode, best: LabelCode): number => (best << 4) | inForce;
export const inForceOf = (packed: number): LabelCode => packed & 0xf;
export const bestOf = (packed: number): LabelCode => packed >> 4;
