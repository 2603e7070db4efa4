import { redactUrl, type Secret } from '@fraudflow/config';
import { asError, unavailable } from '@fraudflow/core';
import type { HealthRegistry, Logger } from '@fraudflow/observability';
import pg from 'pg';

/** Connection settings of a pool. */
export interface PostgresOptions {
  readonly url: Secret;
  /** Upper bound of open connections. */
  readonly poolSize: number;
  readonly logger: Logger;
  /** Receives a health check named `postgres`. */
  readonly health?: HealthRegistry;
  /** Schema that unqualified names resolve to. */
  readonly schema?: string;
}

// Reads int8 as a number, because counts and millisecond times stay below 2^53. Set per pool, not globally.
const INT8_OID = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Opens a connection pool and runs one query to check it. The pool replaces lost connections.
 * @throws AppError unavailable if Postgres does not answer at start
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
