import { asError, unavailable } from '@fraudflow/core';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { CopyCursor } from './copy-cursor.js';

const BUFFERED_BYTES = 256 * 1024;

/**
 * Streams the result of a query by binary COPY in batches, as fast as it is taken: the server waits when nobody reads, so neither
 * side holds more than a piece. Within the client's current transaction. If the reader stops early or the server ends the
 * connection, the client cannot be used again: give it back as broken.
 * @param query a SELECT of ours; COPY takes no parameters, so values in it must be literals made safe.
 * @param decode reads one row: one method of the cursor per column, in order.
 */
export async function* readCopy<Row>(
  client: pg.ClientBase,
  query: string,
  decode: (row: CopyCursor) => Row,
  batchRows: number,
): AsyncGenerator<Row[], void, undefined> {
  const stream = client.query(
    copyTo(`COPY (${query}) TO STDOUT WITH (FORMAT binary)`, { highWaterMark: BUFFERED_BYTES }),
  );
  const cursor = new CopyCursor();
  let batch: Row[] = [];
  for await (const piece of stream) {
    cursor.push(piece as Buffer);
    while (cursor.next()) {
      batch.push(decode(cursor));
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (!cursor.done) throw unavailable('Postgres ended the result before its end', { code: 'RESULT_CUT' });
  if (batch.length > 0) yield batch;
}

export interface SnapshotQuery {
  /** Statements to run first in the same snapshot, e.g. `SET LOCAL`; constants of ours. */
  readonly settings?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Runs a reader in one snapshot of the database. A reader that does not come to its end costs the connection, which
 * makes the server stop, too.
 */
export async function* inSnapshot<T>(
  pool: pg.Pool,
  { settings = [], signal }: SnapshotQuery,
  read: (client: pg.PoolClient) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  signal.throwIfAborted();
  const client = await pool.connect();
  let isWhole = false;
  const abandon = (): void => void (client as unknown as { end(): Promise<void> }).end().catch(() => undefined);
  client.on('error', ignore);
  signal.addEventListener('abort', abandon, { once: true });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    for (const statement of settings) await client.query(statement);
    yield* read(client);
    await client.query('COMMIT');
    isWhole = true;
  } catch (thrown) {
    signal.throwIfAborted();
    throw asError(thrown);
  } finally {
    signal.removeEventListener('abort', abandon);
    client.off('error', ignore);
    client.release(isWhole ? undefined : true);
  }
}

function ignore(): void {
  // The query that runs on the connection throws the same error.
}
