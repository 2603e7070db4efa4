import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { aPushedView } from '../../../test/serving-fixture.js';
import type { PushedRow } from '../pushed-row.js';
import { PostgresPushedRowArchive } from './postgres-pushed-row-archive.js';
import { PUSHED_ROWS_MIGRATIONS, PUSHED_ROWS_SCHEMA } from './pushed-rows-schema.js';

let pool: pg.Pool;
let archive: PostgresPushedRowArchive;
/** A view name of its own, as the schema is shared. */
let view: ReturnType<typeof aPushedView>;

beforeEach(async () => {
  pool = await connectPostgres({ url: new Secret(inject('postgresUrl')), poolSize: 2, logger: silentLogger });
  await migrate(pool, PUSHED_ROWS_SCHEMA, PUSHED_ROWS_MIGRATIONS, silentLogger);
  archive = new PostgresPushedRowArchive(pool);
  view = { ...aPushedView(), name: `view_${randomUUID()}` };
});

afterEach(async () => {
  await pool.query(`DELETE FROM ${PUSHED_ROWS_SCHEMA}.rows WHERE view = $1`, [view.name]);
  await pool.end();
});

const aRow = (entityKey: string, eventSeconds: number, createdSeconds: number, limit: number | null): PushedRow => ({
  entityKey,
  eventAt: { seconds: eventSeconds, nanos: 123_456_789 },
  createdAt: { seconds: createdSeconds, nanos: 1 },
  values: [limit, 'é✓', true, 9_223_372_036_854_775_807n],
});
const FAR_MS = 9e12;

test('rows come back with their types and times, ordered by entity, event time and creation', async () => {
  await archive.append(view, [aRow('b', 2, 9, 1), aRow('a', 3, 1, 2), aRow('a', 1, 5, 3)]);
  await archive.append(view, [aRow('a', 1, 4, 4)]);

  const rows = await archive.rowsOf(view, ['b', 'a', 'nobody'], FAR_MS);

  expect(rows).toEqual([aRow('a', 1, 4, 4), aRow('a', 1, 5, 3), aRow('a', 3, 1, 2), aRow('b', 2, 9, 1)]);
});

test('the end of the time asked for is inclusive', async () => {
  const exact: PushedRow = { ...aRow('a', 5, 1, 1), eventAt: { seconds: 5, nanos: 0 } };
  await archive.append(view, [exact, aRow('a', 5, 1, 2)]);

  expect(await archive.rowsOf(view, ['a'], 5_000)).toEqual([exact]);
  expect(await archive.rowsOf(view, ['a'], 4_999)).toEqual([]);
});

test('a repeated call adds nothing, and the time a row was first known stays', async () => {
  await archive.append(view, [aRow('a', 1, 10, 1)]);
  await archive.append(view, [aRow('a', 1, 20, 1)]);

  expect(await archive.rowsOf(view, ['a'], FAR_MS)).toEqual([aRow('a', 1, 10, 1)]);
});

test('a correction is kept, and so is its taking back', async () => {
  for (const [created, limit] of [
    [10, 1],
    [20, 2],
    [30, 1],
  ] as const) {
    await archive.append(view, [aRow('a', 1, created, limit)]);
  }

  const rows = await archive.rowsOf(view, ['a'], FAR_MS);

  expect(rows.map(({ values }) => values[0])).toEqual([1, 2, 1]);
});

test('missing values stay missing', async () => {
  await archive.append(view, [aRow('a', 1, 1, null)]);

  expect((await archive.rowsOf(view, ['a'], FAR_MS))[0]?.values[0]).toBeNull();
});
