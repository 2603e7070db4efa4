import { DAY_MS } from '@fraudflow/core';
import type { NewestEvent } from './training-data.port.js';

/** Number of newest transactions to inspect. */
export const NEWEST_SAMPLE = 500;
/** Least number of transactions within 24 h up to a transaction, itself included; with fewer it is an outlier. */
const MIN_NEIGHBOURS = 20;

export interface ReferenceTime {
  /** Event time used as "now", ms. */
  readonly nowMs: number;
  /** Transactions later than `nowMs`, newest first. */
  readonly outliers: readonly NewestEvent[];
}

/**
 * Chooses the event time used as "now": the newest transaction that is not an outlier. A few transactions far in the
 * future (a test payment, a wrong clock) therefore do not shift the training ranges. If every transaction is an
 * outlier, the history is sparse and the newest one is used. O(n).
 * @param newest newest transactions, newest first; at least one
 */
export function chooseReferenceTime(newest: readonly [NewestEvent, ...NewestEvent[]]): ReferenceTime {
  for (const [index, { occurredAtMs }] of newest.entries()) {
    const neighbour = newest[index + MIN_NEIGHBOURS - 1];
    if (neighbour === undefined) break;
    if (occurredAtMs - neighbour.occurredAtMs <= DAY_MS) {
      return { nowMs: occurredAtMs, outliers: newest.slice(0, index) };
    }
  }
  return { nowMs: newest[0].occurredAtMs, outliers: [] };
}

/** One sentence that names the newest outlier; empty without outliers. */
export function describeOutliers(outliers: readonly NewestEvent[]): string {
  const [first] = outliers;
  if (first === undefined) return '';
  const at = new Date(first.occurredAtMs).toISOString();
  if (outliers.length === 1) return `transaction ${first.transactionId} at ${at} is far in the future and was ignored`;
  return `${outliers.length} transactions, the newest ${first.transactionId} at ${at}, are far in the future and were ignored`;
}
