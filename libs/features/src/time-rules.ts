import { DAY_MS } from '@fraudflow/core';

/** Window lengths of the published features, ascending. A window at t covers (t − W, t]: left end open, right end closed. */
export const WINDOW_DAYS = [1, 7, 30] as const;
export const WINDOWS_MS: readonly number[] = WINDOW_DAYS.map((days) => days * DAY_MS);
export const WINDOW_COUNT = WINDOW_DAYS.length;

/** Terminal windows end this long before t, because a label needs that long to become known. */
export const LABEL_DELAY_MS = 7 * DAY_MS;

/**
 * How far behind the newest event of its entity a transaction may be and still take its place.
 * Seven days: for a terminal that is exactly the label delay, so a tolerated late event lands before any window has reached it;
 * for a customer it covers offline terminals that forward days later, at the price of 7/37 more state.
 */
export const ALLOWED_LATENESS_MS = 7 * DAY_MS;

const LONGEST_WINDOW_MS = 30 * DAY_MS;

/** Events older than this before the newest one are forgotten: the oldest tolerated late event still sees its whole window. */
export const CUSTOMER_RETENTION_MS = LONGEST_WINDOW_MS + ALLOWED_LATENESS_MS;
export const TERMINAL_RETENTION_MS = LABEL_DELAY_MS + LONGEST_WINDOW_MS + ALLOWED_LATENESS_MS;

const ALLOWED_AHEAD_MS = DAY_MS;
/**
 * How far behind the event time of the stream an event may lie and still count: an entity whose newest event is older has no row left in any window
 * that a tolerated late event sees. A day more, since events may be that far ahead of their arrival.
 */
export const STATE_REACH_MS = TERMINAL_RETENTION_MS + ALLOWED_LATENESS_MS + ALLOWED_AHEAD_MS;

/** Labels kept for one transaction, of all sources and times. Of more, the one that became available first goes. */
export const MAX_LABELS_PER_TRANSACTION = 16;

/** Labels kept for transactions not seen yet, per terminal. More are refused (`parking_full`), so a stray producer cannot grow the state. */
export const MAX_PARKED_LABELS = 1_024;
