import { asError, unavailable } from '@fraudflow/core';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { CopyCursor } from './copy-cursor.js';

const BUFFERED_BYTES = 256 * 1024;

/**
 * Streams the result of a query in batches by binary COPY, within the client's current transaction. The stream has
 * back-pressure: the server waits for the reader, so both sides buffer one chunk at most. If the reader stops early or
 * the server closes the connection, the client cannot be reused: release it as broken.
 * @param query a SELECT statement; COPY takes no parameters, so values in it must be escaped literals
 * @param decode reads one row: one cursor method per column, in column order
 * @throws AppError unavailable `RESULT_CUT` if the stream ends before its trailer
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
  if (!cursor.done)
    throw unavailable('Postgres closed the COPY stream before its trailer: retry the read', { code: 'RESULT_CUT' });
  if (batch.length > 0) yield batch;
}

/** Settings and cancellation of a snapshot read. */
export interface SnapshotQuery {
  /** Statements to run first in the same snapshot, e.g. `SET LOCAL`; constants of the code. */
  readonly settings?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Runs a reader in one REPEATABLE READ, read-only transaction, so that all its queries see the same snapshot. If the
 * reader stops early or fails, the connection is closed, which also stops the query on the server.
 * @throws the abort reason if `signal` aborts; otherwise the error of the reader or of Postgres
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
