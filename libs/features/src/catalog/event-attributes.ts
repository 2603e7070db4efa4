import { DAY_MS } from '@fraudflow/core';
import type { FeatureWindow } from './definitions.js';

/*
 * Properties of a transaction that the customer stage computes and the terminal stage stores with it, one bit
 * each. A fraud with an ordinary amount suggests a compromised terminal instead of a stolen card.
 */

/** The amount is ordinary for its card: at most 220 and below 2.5 × the median of the card's 30 days before it. */
export const ORDINARY_AMOUNT = 1;

/** Window of the median that an amount is compared with. */
export const ATTRIBUTE_WINDOW: FeatureWindow = { lengthMs: 30 * DAY_MS, delayMs: 0 };

const MAX_ORDINARY_MINOR = 220_00;
const ORDINARY_TIMES = 2.5;

/**
 * The attributes of a transaction.
 * @param medianMinor median of the card's 30 days before it; NaN if there were none, then the amount alone decides
 */
export function attributesOf(amountMinor: number, medianMinor: number): number {
  const isOrdinary = amountMinor <= MAX_ORDINARY_MINOR && !(amountMinor >= ORDINARY_TIMES * medianMinor);
  return isOrdinary ? ORDINARY_AMOUNT : 0;
}
