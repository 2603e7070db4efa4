import { invalidInput } from '@fraudflow/core';
import { isStorableText } from '../serving/request-values.js';
import type { HistoricalRows } from './historical-features.port.js';

/** Checks the columns of a request. @throws AppError invalid_input `ROWS_UNEQUAL`, `TIME_INVALID` */
export function checkRows(rows: HistoricalRows): void {
  const count = rows.atMs.length;
  for (const [field, column] of Object.entries(rows) as [string, ArrayLike<unknown> | undefined][]) {
    if (column !== undefined && column.length !== count) {
      throw invalidInput(`${field} has ${column.length} values, but there are ${count} times`, {
        code: 'ROWS_UNEQUAL',
        field,
      });
    }
  }
  const wrong = rows.atMs.findIndex((atMs) => !Number.isFinite(atMs));
  if (wrong >= 0) {
    throw invalidInput(`the time of row ${wrong} is missing`, { code: 'TIME_INVALID', field: 'event_timestamp' });
  }
}

/** The span of the times asked for, both ends included; undefined without rows. */
export function spanOf(atMs: Float64Array, rows: ArrayLike<number>): { fromMs: number; toMs: number } | undefined {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const at = atMs[rows[i] as number] as number;
    if (at < fromMs) fromMs = at;
    if (at > toMs) toMs = at;
  }
  return rows.length === 0 ? undefined : { fromMs, toMs };
}

/** Row numbers by transaction id, of the rows that name one. Text that cannot be stored names none. */
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

/** Whether a row that names a stored transaction means it: at its own time, and of its own entities where it names them. */
export function isThatTransaction(rows: HistoricalRows, row: number, stored: Keys): boolean {
  const customerId = rows.customerIds[row] ?? '';
  const terminalId = rows.terminalIds[row] ?? '';
  return (
    Math.trunc(rows.atMs[row] as number) === stored.occurredAtMs &&
    (customerId === '' || customerId === stored.customerId) &&
    (terminalId === '' || terminalId === stored.terminalId)
  );
}
