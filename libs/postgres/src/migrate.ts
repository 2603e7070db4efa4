import type { Logger } from '@fraudflow/observability';
import type pg from 'pg';
import { inTransaction } from './transaction.js';

/** One forward step of a schema. Never edited once released; a mistake is mended by a further step. */
export interface Migration {
  /** Sortable and unique within the schema: `0001_transactions`. */
  readonly name: string;
  readonly sql: string;
}

const SAFE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Brings a schema up to date, each step in its own transaction, recorded in `<schema>.migrations`.
 * Several processes may call it at once: an advisory lock lets one at a time through.
 * @returns the names of the steps applied now.
 */
export async function migrate(
  pool: pg.Pool,
  schema: string,
  migrations: readonly Migration[],
  logger: Logger,
): Promise<readonly string[]> {
  if (!SAFE_NAME.test(schema)) throw new TypeError(`not a schema name: ${schema}`);
  const applied: string[] = [];
  await inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext($1))`, [`fraudflow.migrate.${schema}`]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`SET LOCAL search_path TO ${schema}`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const done = new Set(rows.map((row) => row.name));
    for (const migration of migrations.filter(({ name }) => !done.has(name))) {
      await client.query(migration.sql);
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [migration.name]);
      applied.push(migration.name);
    }
  });
  if (applied.length > 0) logger.info({ event: 'migrated', schema, applied });
  return applied;
}
