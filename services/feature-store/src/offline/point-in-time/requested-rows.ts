import { invalidInput } from '@fraudflow/core';
import { isStorableText } from '../../values/request-values.js';
import type { HistoricalRows } from './historical-features.port.js';

/** Checks the columns of a request. @throws AppError invalid_input `ROWS_UNEQUAL`, `TIME_INVALID` */
export function checkRows(rows: HistoricalRows): void {
  const count = rows.atMs.length;
  for (const [field, column] of Object.entries(rows) as [string, ArrayLike<unknown> | undefined][]) {
    if (column !== undefined && column.length !== count) {
      throw invalidInput(
        `${field} has ${column.length} values, but there are ${count} times: send columns of one length`,
        {
          code: 'ROWS_UNEQUAL',
          field,
        },
      );
    }
  }
  const wrong = rows.atMs.findIndex((atMs) => !Number.isFinite(atMs));
  if (wrong >= 0) {
    throw invalidInput(`event_timestamp: row ${wrong} has no valid time`, {
      code: 'TIME_INVALID',
      field: 'event_timestamp',
    });
  }
}

/** The range of times of some rows, both ends included; undefined without rows. */
export function timeRangeOf(atMs: Float64Array, rows: ArrayLike<number>): { fromMs: number; toMs: number } | undefined {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const at = atMs[rows[i] as number] as number;
    if (at < fromMs) fromMs = at;
    if (at > toMs) toMs = at;
  }
  return rows.length === 0 ? undefined : { fromMs, toMs };
}

/** Row numbers by transaction id. Rows without an id, or with text that cannot be stored, are left out. */
export function rowsById(rows: HistoricalRows): ReadonlyMap<string, readonly number[]> {
  const byId = new Map<string, number[]>();
  const ids = rows.transactionIds ?? [];
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row];
    if (id === null || id === undefined || id === '' || !isStorableText(id)) continue;
    const known = byId.get(id);
    if (known === undefined) byId.set(id, [row]);
    else known.push(row);
  }
  return byId;
}

interface Keys {
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
}

/** True if a row with the id of a stored transaction also has its time and, where given, its entities. */
export function matchesTransaction(rows: HistoricalRows, row: number, stored: Keys): boolean {
  const customerId = rows.customerIds[row] ?? '';
  const terminalId = rows.terminalIds[row] ?? '';
  return (
    Math.trunc(rows.atMs[row] as number) === stored.occurredAtMs &&
    (customerId === '' || customerId === stored.customerId) &&
    (terminalId === '' || terminalId === stored.terminalId)
  );
}
