import { BASE_CURRENCY_DECIMALS, minorUnitScale } from '@fraudflow/core';

/** Minor units in one major unit of the base currency (cents in a euro). */
export const MINOR_PER_MAJOR = minorUnitScale(BASE_CURRENCY_DECIMALS);

/** A row of a window, valid until the next read. `NO_ROW` = there is none. */
export type RowHandle = number;

/** Result of `newest` and `oldest` if no row passes the filter. */
export const NO_ROW: RowHandle = -1;

/**
 * Rows of one feature's window as of one read, from which `Aggregate.evaluate` computes its value. A row is a
 * transaction of the entity. The request's transaction is one of the rows unless the feature excludes it. Rows are
 * ordered by time, ties by arrival. Amounts are whole minor units of the base currency, times are ms since the epoch.
 */
export interface WindowRows {
  /** Time of the read. */
  readonly atMs: number;
  /** Amount of the request's transaction; 0 if there is none. */
  readonly currentMinor: number;
  /** Length of the window plus its delay, in days. */
  readonly capDays: number;

  /** Number of rows that pass the feature's filter; equals `total` for a feature without a filter. */
  count(): number;
  /** Number of rows in the window, whether they pass the filter or not. */
  total(): number;

  /** Sum of the amounts of all rows in the window, exact below 2^53. Requires `needs.sum`. */
  sum(): number;
  /** Sample standard deviation of the amounts of all rows; 0 of fewer than two. Requires `needs.sum` and `.squares`. */
  deviation(): number;
  /** Least amount of all rows; 0 if there are none. Requires `needs.order`. */
  least(): number;
  /** Greatest amount of all rows; 0 if there are none. Requires `needs.order`. */
  greatest(): number;
  /** Median amount of all rows, the mean of the middle two of an even number; 0 of none. Requires `needs.order`. */
  median(): number;

  /** The newest row that passes the filter. */
  newest(): RowHandle;
  /** The oldest row that passes the filter. */
  oldest(): RowHandle;
  /** Number of the newest rows that pass the filter without a gap. */
  streak(): number;
  /** Row number `index` of the window, the oldest first, whether it passes the filter or not: 0 ≤ index < `total`. */
  rowAt(index: number): RowHandle;

  /** Time of a row, which must not be `NO_ROW`. */
  timeOf(row: RowHandle): number;
  /** Amount of a row, which must not be `NO_ROW`. */
  amountOf(row: RowHandle): number;
  /** True if a row has the attribute `ORDINARY_AMOUNT`: see `event-attributes`. It must not be `NO_ROW`. */
  isOrdinary(row: RowHandle): boolean;
}
