import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { CopyWriter } from './copy-writer.js';

/**
 * Size at which a chunk is sent: large enough for a low overhead per chunk, small enough that the server starts early.
 */
const CHUNK_BYTES = 128 * 1024;
/** Upper bound of bytes buffered for the socket; the encoder waits beyond it. */
const IN_FLIGHT_BYTES = 1024 * 1024;
/** Spare capacity of a chunk for the row that exceeds `CHUNK_BYTES`. */
const SLACK_BYTES = 16 * 1024;

/**
 * Loads rows by binary COPY within the client's current transaction. Rows are encoded and sent in chunks, so the server
 * works during encoding and memory stays bounded by a few chunks.
 * @param target table and columns, e.g. `transactions (transaction_id, amount_minor)`; a constant of the code, never
 * user input
 * @param encode writes one row: `copy.row(n)`, then n columns
 * @returns number of rows written
 * @throws RangeError if a number does not fit its column; errors of Postgres otherwise
 */
export async function copyRows<Row>(
  client: pg.ClientBase,
  target: string,
  rows: Iterable<Row>,
  encode: (copy: CopyWriter, row: Row) => void,
): Promise<number> {
  const stream = client.query(
    copyFrom(`COPY ${target} FROM STDIN WITH (FORMAT binary)`, { highWaterMark: IN_FLIGHT_BYTES }),
  );
  // Subscribed before the first write, because the server may report an error during encoding.
  const done = finished(stream);
  done.catch(() => undefined);
  const copy = new CopyWriter(CHUNK_BYTES + SLACK_BYTES);
  try {
    for (const row of rows) {
      encode(copy, row);
      if (copy.pendingBytes < CHUNK_BYTES) continue;
      if (!stream.write(copy.take())) await Promise.race([once(stream, 'drain'), done]);
      // Yields after each chunk, so that encoding a large load does not block the event loop.
      await setImmediate();
    }
    stream.end(copy.finish());
  } catch (thrown) {
    stream.destroy(thrown as Error);
    await done.catch(() => undefined);
    throw thrown;
  }
  await done;
  return copy.rowCount;
}
