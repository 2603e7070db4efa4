import { DAY_MS } from '@fraudflow/core';
import { NO_ROW, type RowHandle, type WindowRows } from '../contract/window-rows.js';

/** Days from a row to the read; `capDays` if there is no row. */
export function daysSince(rows: WindowRows, row: RowHandle): number {
  return row === NO_ROW ? rows.capDays : (rows.atMs - rows.timeOf(row)) / DAY_MS;
}
