import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import { VECTOR_LAYOUT } from '../catalog/fraud-detection-features.js';
import type { StateEvent } from './state-event.js';
import type { TransactionSlot } from './vector-plan.js';

/** Minor units in one major unit (cents in a euro). Every supported currency has two decimals. */
export const MINOR_PER_MAJOR = 100;

const SLOT = VECTOR_LAYOUT.transaction.from;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday; with Sunday = 0 that is day 4. */
const EPOCH_WEEKDAY = 4;
const NIGHT_HOURS = 7;

/**
 * Writes tx_amount (major units), tx_during_weekend and tx_during_night (0 or 1, UTC) into slots 0..2 of `out` and
 * returns it.
 * @param atMs event time, ms since the epoch; may be negative
 * @param amountMinor whole minor units
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

/** Writes the features of a plan that depend on the transaction alone. */
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
