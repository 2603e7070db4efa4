import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CopyWriter } from './copy-writer.js';

/**
 * Loads rows by binary COPY within the client's current transaction.
 * @param target table and columns, e.g. `transactions (transaction_id, amount_minor)`; a constant of ours, never user input.
 */
export async function copyRows(client: pg.PoolClient, target: string, rows: CopyWriter): Promise<number> {
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN WITH (FORMAT binary)`));
  if (!stream.write(rows.finish())) await once(stream, 'drain');
  stream.end();
  await finished(stream);
  return rows.rowCount;
}
