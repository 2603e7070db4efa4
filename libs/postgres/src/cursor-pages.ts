import type pg from 'pg';

/** A query to be read in pages. */
export interface CursorQuery {
  /** A SELECT statement; a constant of the code, never user input. */
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Rows per page; also the upper bound of rows in memory. */
  readonly pageRows: number;
}

/**
 * Streams the rows of a query in pages through a server-side cursor in a separate read-only transaction, so that memory
 * stays bounded and all pages come from one snapshot. If the reader stops early or fails, the connection is closed.
 */
export async function* cursorPages<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  { sql, values, pageRows }: CursorQuery,
): AsyncGenerator<Row[], void, undefined> {
  const client = await pool.connect();
  let isWhole = false;
  // A broken connection also emits an error event; the running query throws the same error.
  client.on('error', ignore);
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`DECLARE pages NO SCROLL CURSOR FOR ${sql}`, [...values]);
    for (;;) {
      const { rows } = await client.query<Row>(`FETCH ${pageRows} FROM pages`);
      if (rows.length > 0) yield rows;
      if (rows.length < pageRows) break;
    }
    await client.query('COMMIT');
    isWhole = true;
  } finally {
    client.off('error', ignore);
    client.release(!isWhole);
  }
}

function ignore(): void {}
