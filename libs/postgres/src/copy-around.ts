import type pg from 'pg';
import { copyRows } from './copy-rows.js';
import type { CopyWriter } from './copy-writer.js';
import { isDataRefused } from './sql-state.js';

/** A row that Postgres refuses permanently, with the error. */
export interface RefusedRow<Row> {
  readonly row: Row;
  readonly reason: unknown;
}

/**
 * Stores all rows except those that are refused permanently. A refused batch is bisected until the refused rows are
 * isolated. With k refused rows of n this takes about 2 k log2(n) attempts.
 * @param store stores the rows it is given; if it rejects, it has stored none of them
 * @returns the refused rows, in input order
 * @throws the error of `store` if it is transient, see `isDataRefused`
 */
export async function storeAround<Row>(
  rows: readonly Row[],
  store: (rows: readonly Row[]) => Promise<unknown>,
): Promise<readonly RefusedRow<Row>[]> {
  const refused: RefusedRow<Row>[] = [];
  const waiting: (readonly Row[])[] = rows.length === 0 ? [] : [rows];
  for (let some = waiting.pop(); some !== undefined; some = waiting.pop()) {
    try {
      await store(some);
    } catch (thrown) {
      if (!isDataRefused(thrown)) throw thrown;
      const [row] = some;
      if (some.length === 1 && row !== undefined) refused.push({ row, reason: thrown });
      else {
        const middle = some.length >> 1;
        waiting.push(some.slice(middle), some.slice(0, middle));
      }
    }
  }
  return refused;
}

/**
 * Runs `copyRows` within the client's current transaction, but skips rows that Postgres refuses permanently.
 * @returns the refused rows, in input order
 * @throws transient errors of Postgres, see `isDataRefused`
 */
export function copyAround<Row>(
  client: pg.ClientBase,
  target: string,
  rows: readonly Row[],
  encode: (copy: CopyWriter, row: Row) => void,
): Promise<readonly RefusedRow<Row>[]> {
  return storeAround(rows, async (some) => {
    await client.query('SAVEPOINT around');
    try {
      await copyRows(client, target, some, encode);
    } catch (thrown) {
      await client.query('ROLLBACK TO SAVEPOINT around');
      throw thrown;
    } finally {
      await client.query('RELEASE SAVEPOINT around');
    }
  });
}
