import { redactUrl, type Secret } from '@fraudflow/config';
import { asError, unavailable } from '@fraudflow/core';
import type { HealthRegistry, Logger } from '@fraudflow/observability';
import pg from 'pg';

export interface PostgresOptions {
  readonly url: Secret;
  readonly poolSize: number;
  readonly logger: Logger;
  /** Gets a check named `postgres`. */
  readonly health?: HealthRegistry;
  /** Schema that unqualified names resolve to. */
  readonly schema?: string;
}

// int8 as number: our counts and millisecond times stay below 2^53. Parsed per pool, not globally.
const INT8_OID = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * A connection pool that has been tried once. Lost connections are replaced by themselves.
 * @throws AppError unavailable if Postgres does not answer at start.
 */
export async function connectPostgres(options: PostgresOptions): Promise<pg.Pool> {
  const { url, logger } = options;
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    types,
    ...(options.schema === undefined ? {} : { options: `-c search_path=${options.schema}` }),
  });
  pool.on('error', (error) => logger.warn({ event: 'postgres_connection_error', reason: error.message }));
  try {
    await pool.query('SELECT 1');
  } catch (thrown) {
    await pool.end();
    const reason = asError(thrown).message;
    throw unavailable(`Postgres at ${redactUrl(url.reveal())} does not answer: ${reason}`, { cause: thrown });
  }
  options.health?.add('postgres', async () => {
    await pool.query('SELECT 1');
    return { ok: true, detail: 'reachable' };
  });
  return pool;
}
