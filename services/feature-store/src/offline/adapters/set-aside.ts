import { copyAround, copyRows, type CopyWriter, sqlStateOf } from '@fraudflow/postgres';
import { asError } from '@fraudflow/core';
import type pg from 'pg';
import type { FeatureRow, LabelRow, SetAsideRow } from '../sink/offline-store.port.js';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

/** Rows to be loaded into one table. */
export interface TableRows<Row extends FeatureRow | LabelRow> {
  readonly table: SetAsideRow['table'];
  /** Table and columns for COPY. */
  readonly target: string;
  readonly rows: readonly Row[];
  readonly encode: (copy: CopyWriter, row: Row) => void;
}

/** A strategy to load rows within the client's current transaction. @returns the rows that were set aside */
export type CopyStrategy = <Row extends FeatureRow | LabelRow>(
  client: pg.ClientBase,
  rows: TableRows<Row>,
) => Promise<readonly SetAsideRow[]>;

/** Loads all rows, or fails. */
export const copyAll: CopyStrategy = async (client, { target, rows, encode }) => {
  if (rows.length > 0) await copyRows(client, target, rows, encode);
  return [];
};

/**
 * Loads all rows except those that Postgres refuses permanently. These are written to `set_aside_rows` as JSON with the
 * reason.
 */
export const copyAndSetAside: CopyStrategy = async (client, { table, target, rows, encode }) => {
  const refused = await copyAround(client, target, rows, encode);
  const setAside: SetAsideRow[] = [];
  for (const { row, reason } of refused) {
    const { message } = asError(reason);
    await client.query(
      `INSERT INTO ${S}.set_aside_rows (target, log_partition, log_offset, sql_state, reason, content) VALUES ($1, $2, $3, $4, $5, $6)`,
      [table, row.log.partition, row.log.offset, sqlStateOf(reason) ?? '', message, contentOf(row)],
    );
    setAside.push({ table, transactionId: row.transactionId, log: row.log, reason: message });
  }
  return setAside;
};

/** JSON escapes NUL and halves of surrogate pairs, so that the text can be stored. */
function contentOf(row: FeatureRow | LabelRow): string {
  return JSON.stringify(row, (_key, value: unknown) => (value instanceof Float64Array ? Array.from(value) : value));
}
