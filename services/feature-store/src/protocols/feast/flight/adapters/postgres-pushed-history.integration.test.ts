import { randomUUID } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import type pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { aPushedView } from '../../../../../test/serving-fixture.js';
import { PostgresPushedRowArchive } from '../../../../pushed/adapters/postgres-pushed-row-archive.js';
import { PUSHED_ROWS_MIGRATIONS, PUSHED_ROWS_SCHEMA } from '../../../../pushed/adapters/pushed-rows-schema.js';
import type { PushedRow } from '../../../../pushed/pushed-row.js';
import type { ViewRows } from '../columns/view-history.port.js';
import { PostgresPushedHistory } from './postgres-pushed-history.js';

const FOREVER_MS = Date.UTC(9999, 0);
const signal = new AbortController().signal;

let pool: pg.Pool;
let archive: PostgresPushedRowArchive;
let history: PostgresPushedHistory;
let view: ReturnType<typeof aPushedView>;

beforeEach(async () => {
  pool = await connectPostgres({ url: new Secret(inject('postgresUrl')), poolSize: 2, logger: silentLogger });
  await migrate(pool, PUSHED_ROWS_SCHEMA, PUSHED_ROWS_MIGRATIONS, silentLogger);
  archive = new PostgresPushedRowArchive(pool);
  history = new PostgresPushedHistory(pool);
  view = { ...aPushedView(), name: `view_${randomUUID()}` };
});

afterEach(async () => {
  await pool.query(`DELETE FROM ${PUSHED_ROWS_SCHEMA}.rows WHERE view = $1`, [view.name]);
  await pool.end();
});

const aRow = (entityKey: string, eventSeconds: number, first: PushedRow['values'][number]): PushedRow => ({
  entityKey,
  eventAt: { seconds: eventSeconds, nanos: 1 },
  createdAt: { seconds: 100, nanos: 0 },
  values: view.features.map((_, i) => (i === 0 ? first : null)),
});

async function read(fromMs: number, toMs: number): Promise<readonly ViewRows[]> {
  const pages: ViewRows[] = [];
  for await (const page of history.rows({ view, features: view.features.slice(0, 1), fromMs, toMs }, signal)) {
    pages.push(page);
  }
  return pages;
}

test('rows of a range are ordered by event time, include both ends and keep nanoseconds', async () => {
  await archive.append(view, [aRow('b', 3, 3.5), aRow('a', 1, 1.5), aRow('a', 2, null), aRow('c', 4, 4.5)]);

  const [page] = await read(2_000, 3_000);

  expect(page?.entityIds).toEqual([['a', 'b']]);
  expect([...(page?.eventNanos ?? [])]).toEqual([2_000_000_001n, 3_000_000_001n]);
  expect(page?.values).toEqual([[null, 3.5]]);
});

test('a long history is read in pages without losing a row at a page boundary', async () => {
  const rows = Array.from({ length: 12_345 }, (_, i) => aRow(`e${i}`, i, i + 0.5));
  await archive.append(view, rows);

  const pages = await read(0, FOREVER_MS);

  expect(pages.length).toBeGreaterThan(1);
  expect(pages.flatMap(({ entityIds }) => entityIds[0] ?? [])).toEqual(rows.map(({ entityKey }) => entityKey));
});

test('a reader that stops early releases its connection', async () => {
  await archive.append(view, [aRow('a', 1, 1)]);

  for (let i = 0; i < 5; i++) {
    for await (const page of history.rows({ view, features: [], fromMs: 0, toMs: FOREVER_MS }, signal)) {
      expect(page.eventNanos).toHaveLength(1);
      break;
    }
  }

  expect((await pool.query('SELECT 1')).rowCount).toBe(1);
});
