import type pg from 'pg';

/** Runs work in one transaction: commits if it resolves, rolls back if it throws, and always gives the connection back. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (thrown) {
    // A connection that cannot even roll back is thrown away instead of going back to the pool.
    await client.query('ROLLBACK').catch((error: Error) => (broken = error));
    throw thrown;
  } finally {
    client.release(broken);
  }
}
