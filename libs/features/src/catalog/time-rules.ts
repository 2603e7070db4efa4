import { DAY_MS } from '@fraudflow/core';

/**
 * Window lengths of the published features, ascending. A window at t covers (t − W, t]: left end open, right end
 * closed.
 */
export const WINDOW_DAYS = [1, 7, 30] as const;

/** Terminal windows end this long before t, because a label takes that long to become available. */
export const LABEL_DELAY_MS = 7 * DAY_MS;

/**
 * Maximum lateness: how far behind its entity's newest event a transaction may be and still be inserted. For a
 * terminal, seven days equal the label delay, so a tolerated late event is inserted before any window has reached it.
 * For a customer it covers offline terminals that forward transactions days later, and costs 7/37 more state.
 */
export const ALLOWED_LATENESS_MS = 7 * DAY_MS;

const LONGEST_WINDOW_MS = 30 * DAY_MS;

/**
 * Events of a customer older than this before the newest one are evicted: 37 days. The oldest tolerated late event
 * still sees its whole window.
 */
export const CUSTOMER_RETENTION_MS = LONGEST_WINDOW_MS + ALLOWED_LATENESS_MS;
/** As `CUSTOMER_RETENTION_MS`, for terminals, whose windows end one label delay before the read: 44 days. */
export const TERMINAL_RETENTION_MS = LABEL_DELAY_MS + LONGEST_WINDOW_MS + ALLOWED_LATENESS_MS;

const ALLOWED_AHEAD_MS = DAY_MS;
/**
 * How far behind the stream's event time an event can be and still matter. An entity whose newest event is older has no
 * row in any window of a tolerated late event. One day is added because events may be that far ahead of their arrival.
 */
export const STATE_REACH_MS = TERMINAL_RETENTION_MS + ALLOWED_LATENESS_MS + ALLOWED_AHEAD_MS;

/**
 * Maximum number of labels per transaction, of all sources and times. When there are more, the one available first is
 * dropped.
 */
export const MAX_LABELS_PER_TRANSACTION = 16;

/**
 * Maximum number of pending labels per terminal. More are refused (`parking_full`), so a faulty producer cannot grow
 * the state without bound.
 */
export const MAX_PARKED_LABELS = 1_024;
