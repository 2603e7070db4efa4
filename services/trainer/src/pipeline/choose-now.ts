import { DAY_MS } from '@fraudflow/core';
import type { NewestEvent } from '../data/training-data.port.js';

/** How many of the newest transactions are looked at. */
export const NEWEST_LOOKED_AT = 500;
/** A moment counts as the present if so many transactions lie within the day before it, itself included. */
const COMPANY = 20;

export interface Present {
  /** Event time that counts as now, ms. */
  readonly nowMs: number;
  /** Transactions after it, the newest first: alone in a time the stream has not come to. */
  readonly ahead: readonly NewestEvent[];
}

/**
 * The present of a history: the newest event time with company. One transaction far ahead (a test payment, a clock that is wrong) does not
 * move it; in a history that is thin all the way the newest transaction counts.
 * @param newest the newest transactions, the newest first; at least one
 */
export function choosePresent(newest: readonly [NewestEvent, ...NewestEvent[]]): Present {
  for (const [index, { occurredAtMs }] of newest.entries()) {
    const last = newest[index + COMPANY - 1];
    if (last === undefined) break;
    if (occurredAtMs - last.occurredAtMs <= DAY_MS) return { nowMs: occurredAtMs, ahead: newest.slice(0, index) };
  }
  return { nowMs: newest[0].occurredAtMs, ahead: [] };
}

/** One sentence about the transactions ahead, for the person who looks for them. */
export function describeAhead(ahead: readonly NewestEvent[]): string {
  const [first] = ahead;
  if (first === undefined) return '';
  const at = new Date(first.occurredAtMs).toISOString();
  if (ahead.length === 1)
    return `transaction ${first.transactionId} of ${at} lies far ahead of all others and was left out`;
  return `${ahead.length} transactions, the newest ${first.transactionId} of ${at}, lie far ahead of all others and were left out`;
}
