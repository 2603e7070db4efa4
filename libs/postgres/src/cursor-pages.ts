import type pg from 'pg';

export interface CursorQuery {
  /** A SELECT of ours. */
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Rows that are fetched at once, the most that are held. */
  readonly pageRows: number;
}

/**
 * Streams the rows of a query in pages, through a cursor in a transaction of its own, so that memory stays bounded and one moment of the
 * database is seen. A reader that does not come to its end costs the connection.
 */
export async function* cursorPages<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  { sql, values, pageRows }: CursorQuery,
): AsyncGenerator<Row[], void, undefined> {
  const client = await pool.connect();
  let isWhole = false;
  // A lent connection that breaks tells so by an event, too; the query that runs on it throws the same error.
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
