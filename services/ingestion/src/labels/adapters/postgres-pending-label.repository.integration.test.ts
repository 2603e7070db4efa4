import { Secret } from '@fraudflow/config';
import { defined } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import type pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { aPendingLabel, describePendingLabels } from '../../../test/pending-labels.conformance.js';
import {
  INGESTION_MIGRATIONS,
  INGESTION_SCHEMA,
  PostgresPendingLabelRepository,
} from './postgres-pending-label.repository.js';

// Uses a real Postgres with the migrations of ingestion, in a schema that only this file uses.
let pool: pg.Pool | undefined;

beforeAll(async () => {
  pool = await connectPostgres({ url: new Secret(inject('postgresUrl')), poolSize: 4, logger: silentLogger });
  await pool.query(`DROP SCHEMA IF EXISTS ${INGESTION_SCHEMA} CASCADE`);
  await migrate(pool, INGESTION_SCHEMA, INGESTION_MIGRATIONS.slice(0, 1), silentLogger);
});

afterAll(() => pool?.end());

test('labels stored before an update remain pending, counted from the update', async () => {
  const db = defined(pool, 'pool');
  await db.query(
    `INSERT INTO ${INGESTION_SCHEMA}.waiting_labels VALUES ('labels', 0, 1, '{"transaction_id":"old"}', '\\x00', 7)`,
  );
  const before = Date.now();

  await migrate(db, INGESTION_SCHEMA, INGESTION_MIGRATIONS, silentLogger);

  await new PostgresPendingLabelRepository(db).settleDue(10, before, async (due) => {
    expect(due).toMatchObject([{ label: { transaction_id: 'old' }, takenAtMs: 7 }]);
    expect(due[0]?.waitingSinceMs).toBeGreaterThan(before - 60_000);
    return { done: due, later: [] };
  });
  expect(await new PostgresPendingLabelRepository(db).count()).toBe(0);
});

describePendingLabels('waiting labels in Postgres', async () => {
  const db = defined(pool, 'pool');
  await migrate(db, INGESTION_SCHEMA, INGESTION_MIGRATIONS, silentLogger);
  await db.query(`TRUNCATE ${INGESTION_SCHEMA}.waiting_labels`);
  return new PostgresPendingLabelRepository(db);
});

test('two workers process a backlog, and each label is settled once', async () => {
  const db = defined(pool, 'pool');
  await db.query(`TRUNCATE ${INGESTION_SCHEMA}.waiting_labels`);
  const stores = [new PostgresPendingLabelRepository(db), new PostgresPendingLabelRepository(db)];
  await stores[0]?.add(
    Array.from({ length: 200 }, (_, offset) => aPendingLabel(offset)),
    10,
  );
  const taken: string[] = [];

  await Promise.all(
    stores.map(async (store) => {
      const settle = (): Promise<number> =>
        store.settleDue(30, 10, async (due) => {
          taken.push(...due.map(({ offset }) => offset));
          return { done: due, later: [] };
        });
      for (let count = await settle(); count > 0;) count = await settle();
    }),
  );

  expect(taken).toHaveLength(200);
  expect(new Set(taken).size).toBe(200);
});
