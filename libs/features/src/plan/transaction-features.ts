import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import { MINOR_PER_MAJOR } from '../catalog/aggregates/contract/window-rows.js';
import { VECTOR_LAYOUT } from '../catalog/fraud-detection-features.js';
import type { StateEvent } from './state-event.js';
import type { TransactionSlot } from './vector-plan.js';

const SLOT = VECTOR_LAYOUT.transaction.from;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday; with Sunday = 0 that is day 4. */
const EPOCH_WEEKDAY = 4;
const NIGHT_HOURS = 7;

/**
 * Writes tx_amount (major units), tx_during_weekend and tx_during_night (0 or 1, UTC) into slots 0 to 2 of a vector.
 * @param atMs event time, ms since the epoch; may be negative
 * @param amountMinor whole minor units of the base currency
 * @param out at least 3 slots; by default a new vector of 3
 * @returns `out`
 * @see Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, chapter 3
 */
export function transactionFeatures(
  atMs: number,
  amountMinor: number,
  out: Float64Array = new Float64Array(VECTOR_LAYOUT.transaction.to),
): Float64Array {
  out[SLOT] = amountMinor / MINOR_PER_MAJOR;
  out[SLOT + 1] = isWeekend(atMs) ? 1 : 0;
  out[SLOT + 2] = isNight(atMs) ? 1 : 0;
  return out;
}

/**
 * Writes the features of a plan that depend on the transaction alone: its amount in major units, and whether it is at a
 * weekend or at night (0 or 1, UTC).
 * @param slots `VectorPlan.transaction`
 * @param transaction time in ms since the epoch, amount in whole minor units of the base currency
 * @param out a vector of the plan; its other slots do not change
 * @returns nothing
 */
export function writeTransactionFeatures(
  slots: readonly TransactionSlot[],
  { occurredAtMs, amountMinor }: Pick<StateEvent, 'occurredAtMs' | 'amountMinor'>,
  out: Float64Array,
): void {
  for (let i = 0; i < slots.length; i++) {
    const { kind, slot } = slots[i] as TransactionSlot;
    if (kind === 'amount') out[slot] = amountMinor / MINOR_PER_MAJOR;
    else if (kind === 'weekend') out[slot] = isWeekend(occurredAtMs) ? 1 : 0;
    else out[slot] = isNight(occurredAtMs) ? 1 : 0;
  }
}

function isWeekend(atMs: number): boolean {
  const weekday = (Math.floor(atMs / DAY_MS) + EPOCH_WEEKDAY) % DAYS_PER_WEEK;
  // The remainder has the sign of the day, which is negative before 1970.
  return weekday === 0 || weekday === DAYS_PER_WEEK - 1 || weekday === -1;
}

function isNight(atMs: number): boolean {
  return atMs - Math.floor(atMs / DAY_MS) * DAY_MS < NIGHT_HOURS * HOUR_MS;
}
