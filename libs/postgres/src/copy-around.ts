import type pg from 'pg';
import { copyRows } from './copy-rows.js';
import type { CopyWriter } from './copy-writer.js';
import { isDataRefused } from './sql-state.js';

/** A row that cannot be stored, and why. */
export interface RefusedRow<Row> {
  readonly row: Row;
  readonly reason: unknown;
}

/**
 * Stores all rows but those that are refused for good: what is refused is tried again in halves until single rows are left.
 * With k refused rows of n some 2 k log2(n) attempts are made.
 * @param store stores some rows or, if it rejects, none of them
 * @returns the refused rows in their order
 * @throws what `store` rejects with if that may pass, see `isDataRefused`
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

/** `copyRows` that leaves out the rows that are refused, within the client's current transaction. @returns those rows */
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
