import type pg from 'pg';

/** Runs work in one transaction: commits if it resolves, rolls back if it throws, and always gives the connection back. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withClient(pool, async (client) => {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

/**
 * Lends a connection. One on which work failed is rolled back; one that cannot even do that is thrown away instead of going back to
 * the pool. A lent connection that breaks tells so by an event, too, which would end the process if nobody listened: what runs on it
 * throws the same error.
 */
export async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const note = (error: Error): void => void (broken = error);
  client.on('error', note);
  try {
    return await work(client);
  } catch (thrown) {
    await client.query('ROLLBACK').catch(note);
    throw thrown;
  } finally {
    client.off('error', note);
    client.release(broken);
  }
}
