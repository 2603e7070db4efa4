import type { Logger } from '@fraudflow/observability';
import type pg from 'pg';
import { inTransaction } from './transaction.js';

/** One forward step of a schema. It is never edited after its release; a mistake is corrected by a later step. */
export interface Migration {
  /** Sortable and unique within the schema: `0001_transactions`. */
  readonly name: string;
  readonly sql: string;
}

const SAFE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Applies the missing steps of a schema in one transaction and records them in `<schema>.migrations`. Several processes
 * may call it concurrently; an advisory lock serialises them.
 * @returns the names of the steps applied by this call
 * @throws TypeError if `schema` is not a plain lower-case identifier
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
