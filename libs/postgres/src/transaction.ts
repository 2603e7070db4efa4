import type pg from 'pg';

/**
 * Runs work in one transaction: commits if it resolves, rolls back if it throws, and always releases the connection.
 * @throws the error of the work or of Postgres.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withClient(pool, async (client) => {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

/**
 * Runs work on a connection of the pool. If the work fails, the transaction is rolled back; if the rollback fails, the
 * connection is closed instead of returned to the pool. A broken connection also emits an error event, which would end
 * the process without a listener; the query on it throws the same error.
 * @throws the error of the work.
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
