import { Secret } from '@fraudflow/config';
import { unavailable, asError } from '@fraudflow/core';
import type { DataSource } from 'typeorm';
import { ExperimentEntity, ExperimentTagEntity } from '../../experiments/adapters/experiment.entity.js';
import {
  LoggedModelEntity,
  LoggedModelParamEntity,
  LoggedModelTagEntity,
} from '../../logged-models/adapters/logged-model.entity.js';
import { ModelVersionEntity, ModelVersionTagEntity } from '../../models/adapters/model-version.entity.js';
import {
  RegisteredModelAliasEntity,
  RegisteredModelEntity,
  RegisteredModelTagEntity,
} from '../../models/adapters/registered-model.entity.js';
import * as runs from '../../runs/adapters/run.entity.js';
import { createDataSource } from './create-data-source.js';
import { registryMigrations } from './migrations.js';

const ENTITIES = [
  ExperimentEntity,
  ExperimentTagEntity,
  ...Object.values(runs),
  LoggedModelEntity,
  LoggedModelTagEntity,
  LoggedModelParamEntity,
  RegisteredModelEntity,
  RegisteredModelTagEntity,
  RegisteredModelAliasEntity,
  ModelVersionEntity,
  ModelVersionTagEntity,
];

const SAFE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Connects to the registry's schema, creates it if necessary, and runs its migrations. Concurrent starts are
 * serialised.
 * @throws AppError unavailable if Postgres does not respond
 */
export async function openRegistryDatabase(options: {
  readonly url: Secret;
  readonly poolSize: number;
  readonly schema: string;
  readonly statementTimeoutMs: number;
}): Promise<DataSource> {
  const { url, poolSize, schema, statementTimeoutMs } = options;
  if (!SAFE_NAME.test(schema)) throw new TypeError(`not a schema name: ${schema}`);
  const dataSource = createDataSource({
    url: new Secret(withSearchPath(url.reveal(), schema)),
    // At least two: a migration needs a second connection while the first one has the lock.
    poolSize: Math.max(2, poolSize),
    schema,
    statementTimeoutMs,
    entities: ENTITIES,
    migrations: registryMigrations,
  });
  try {
    await dataSource.initialize();
  } catch (thrown) {
    throw unavailable(`the registry's database does not answer: ${asError(thrown).message}`, { cause: thrown });
  }
  await bringUpToDate(dataSource, schema);
  return dataSource;
}

async function bringUpToDate(dataSource: DataSource, schema: string): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const lock = [`fraudflow.registry.${schema}`];
  try {
    // Another process may run a long migration.
    await runner.query('SET statement_timeout = 0');
    await runner.query(`SELECT pg_advisory_lock(hashtext($1))`, lock);
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await dataSource.runMigrations();
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(hashtext($1))`, lock);
    await runner.query('RESET statement_timeout');
    await runner.release();
  }
}

/** Sets the search path, because SQL statements name tables without their schema. */
function withSearchPath(url: string, schema: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', `-c search_path=${schema}`);
  return changed.toString();
}
