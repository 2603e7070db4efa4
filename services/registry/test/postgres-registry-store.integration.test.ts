import { defined } from '@fraudflow/core';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openRegistryDatabase } from '../src/storage/adapters/open-registry-database.js';
import { PostgresRegistryStore } from '../src/storage/adapters/postgres-registry-store.js';
import { describeRegistryStore } from './conformance/registry-store.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

// Real: Postgres with the migrations. Faked: the clock.
let postgres: TestPostgres | undefined;
const opened: DataSource[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);

afterEach(async () => {
  for (const dataSource of opened.splice(0)) await dataSource.destroy();
});

afterAll(async () => {
  await postgres?.stop();
});

async function openDatabase(schema?: string): Promise<DataSource> {
  const { url, newSchema } = defined(postgres, 'test Postgres');
  const dataSource = await openRegistryDatabase({
    url,
    poolSize: 8,
    schema: schema ?? newSchema(),
    statementTimeoutMs: 20_000,
  });
  opened.push(dataSource);
  return dataSource;
}

describeRegistryStore('the registry in Postgres', async () => new PostgresRegistryStore(await openDatabase(), 4));

test('processes that start concurrently migrate the schema once', async () => {
  const schema = defined(postgres, 'test Postgres').newSchema();

  const sources = await Promise.all([openDatabase(schema), openDatabase(schema), openDatabase(schema)]);

  const rows: unknown[] = await sources[0].query('SELECT name FROM typeorm_migrations');
  expect(rows).toEqual([{ name: 'CreateRegistry1764000000000' }, { name: 'BoundSearchesAndFreezeFiles1764600000000' }]);
});

test('the audit log can be neither changed nor emptied', async () => {
  const dataSource = await openDatabase();
  const insert = `INSERT INTO audit_log (actor, action, subject_kind, subject, detail, at_ms) VALUES ('a', 'b', 'run', 'c', '{}', 1)`;
  await dataSource.query(insert);

  for (const sql of [`UPDATE audit_log SET actor = 'x'`, 'DELETE FROM audit_log', 'TRUNCATE audit_log']) {
    await expect(dataSource.query(sql)).rejects.toThrow('append-only');
  }
});
