import { invalidInput, LABEL_SOURCES } from '@fraudflow/core';
import type { IdHash } from './id-hash.js';

/**
 * Largest amount of a state, in minor units (ten billion major units). Sums of 9,000 such amounts are exact in a
 * double.
 */
export const MAX_AMOUNT_MINOR = 1e12;

/** Times are within ±2^47 ms of the epoch (the year 6429), so that a time and a label fit into one double. */
export const MAX_TIME_MS = 2 ** 47;

/** A transaction as the states store it. */
export interface StateEvent {
  readonly idHash: IdHash;
  /** Event time, whole ms since the epoch. */
  readonly occurredAtMs: number;
  /** Whole minor units, |amount| ≤ `MAX_AMOUNT_MINOR`. */
  readonly amountMinor: number;
  /**
   * `counterpartOf` the id on the other side: the terminal for a customer, the customer for a terminal. Absent or 0 =
   * unknown. It distinguishes an exact repeat from another transaction under the same id.
   */
  readonly counterpart?: number;
}

/** A label as a terminal's state stores it. */
export interface LabelEvent {
  /** Hash of the id of the labelled transaction. */
  readonly idHash: IdHash;
  /** Event time of the labelled transaction; the transaction's own time takes precedence if they differ. */
  readonly occurredAtMs: number;
  readonly isFraud: boolean;
  /** When the label became available, whole ms: it counts at t only if labelledAtMs ≤ t. */
  readonly labelledAtMs: number;
  /** Trust of the source, 0 the highest: see `labelSourceRank`. */
  readonly sourceRank: number;
}

/**
 * Result of applying a transaction.
 * - `applied`: appended in order.
 * - `late`: older than the newest event, inserted at its place.
 * - `duplicate`: the same transaction is in the ring already; nothing changed.
 * - `reused`: another transaction is in the ring under this id (amount, time or counterpart differs); nothing changed.
 * - `too_late`: beyond the allowed lateness; nothing changed.
 */
export type ApplyOutcome = 'applied' | 'duplicate' | 'reused' | 'late' | 'too_late';

/**
 * Result of applying a label.
 * - `applied`: joined to its transaction.
 * - `parked`: pending until its transaction arrives.
 * - `duplicate`: an identical label exists; nothing changed.
 * - `superseded`: would never be in force, because of a label that is available no later; nothing changed.
 * - `too_late`: its transaction was evicted or can no longer be accepted; nothing changed.
 * - `parking_full`: too many pending labels; nothing changed.
 */
export type LabelOutcome = 'applied' | 'parked' | 'duplicate' | 'superseded' | 'too_late' | 'parking_full';

/**
 * @throws AppError invalid_input `EVENT_INVALID` naming the field. Both stages validate their input; this check
 * protects the sums.
 */
export function checkEvent(event: StateEvent): void {
  checkTime(event.occurredAtMs, 'occurredAtMs');
  if (!Number.isSafeInteger(event.amountMinor) || Math.abs(event.amountMinor) > MAX_AMOUNT_MINOR) {
    throw invalid('amountMinor', `a whole number of at most ${MAX_AMOUNT_MINOR} minor units`, event.amountMinor);
  }
}

/** @throws AppError invalid_input `EVENT_INVALID` naming the field. */
export function checkLabel(label: LabelEvent): void {
  checkTime(label.occurredAtMs, 'occurredAtMs');
  checkTime(label.labelledAtMs, 'labelledAtMs');
  const rank = label.sourceRank;
  if (!Number.isInteger(rank) || rank < 0 || rank >= LABEL_SOURCES.length) {
    throw invalid('sourceRank', `a whole number from 0 to ${LABEL_SOURCES.length - 1}`, rank);
  }
}

function checkTime(timeMs: number, field: string): void {
  if (!Number.isSafeInteger(timeMs) || Math.abs(timeMs) > MAX_TIME_MS) {
    throw invalid(field, `whole milliseconds within ${MAX_TIME_MS} of the epoch`, timeMs);
  }
}

function invalid(field: string, expected: string, value: unknown): Error {
  return invalidInput(`${field} must be ${expected}, got ${String(value)}`, { code: 'EVENT_INVALID', field });
}
