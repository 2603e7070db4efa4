import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { CopyWriter } from './copy-writer.js';

/** A piece is sent when it has about this size: large enough to cost little, small enough that the server starts early. */
const CHUNK_BYTES = 128 * 1024;
/** Waiting for the socket at once: the encoder runs ahead of the server by so much. */
const IN_FLIGHT_BYTES = 1024 * 1024;
/** Room behind a full piece for the row that made it full. */
const SLACK_BYTES = 16 * 1024;

/**
 * Loads rows by binary COPY within the client's current transaction. Rows are encoded and sent piece by piece, so the server
 * works while we encode and memory stays at a few pieces.
 * @param target table and columns, e.g. `transactions (transaction_id, amount_minor)`; a constant of ours, never user input.
 * @param encode writes one row: `copy.row(n)` and n columns.
 * @returns number of rows written.
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
  // Listens from the start: the server may refuse while we still encode.
  const done = finished(stream);
  done.catch(() => undefined);
  const copy = new CopyWriter(CHUNK_BYTES + SLACK_BYTES);
  try {
    for (const row of rows) {
      encode(copy, row);
      if (copy.pendingBytes < CHUNK_BYTES) continue;
      if (!stream.write(copy.take())) await Promise.race([once(stream, 'drain'), done]);
      // Who shares the process waits for one piece at most, not for all of them.
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
