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
/** A separate view name, because the tests share a schema. */
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
const ALL = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
const until = (untilMs: number) => ({ ...ALL, untilMs });

async function rowsOf(keys: readonly string[], span = ALL): Promise<readonly PushedRow[]> {
  const all: PushedRow[] = [];
  for await (const page of archive.rowsOf(view, keys, span)) all.push(...page);
  return all;
}

test('rows are read with their types and times, ordered by entity, event time and creation time', async () => {
  await archive.append(view, [aRow('b', 2, 9, 1), aRow('a', 3, 1, 2), aRow('a', 1, 5, 3)]);
  await archive.append(view, [aRow('a', 1, 4, 4)]);

  const rows = await rowsOf(['b', 'a', 'nobody']);

  expect(rows).toEqual([aRow('a', 1, 4, 4), aRow('a', 1, 5, 3), aRow('a', 3, 1, 2), aRow('b', 2, 9, 1)]);
});

test('both ends of the requested span are inclusive', async () => {
  const exact: PushedRow = { ...aRow('a', 5, 1, 1), eventAt: { seconds: 5, nanos: 0 } };
  await archive.append(view, [exact, aRow('a', 5, 1, 2)]);

  expect(await rowsOf(['a'], until(5_000))).toEqual([exact]);
  expect(await rowsOf(['a'], until(4_999))).toEqual([]);
  expect(await rowsOf(['a'], { fromMs: 5_000, untilMs: 5_000 })).toEqual([exact]);
  expect(await rowsOf(['a'], { fromMs: 5_001, untilMs: 5_100 })).toEqual([]);
});

test('a repeated call adds nothing, and the creation time of a row stays', async () => {
  await archive.append(view, [aRow('a', 1, 10, 1)]);
  await archive.append(view, [aRow('a', 1, 20, 1)]);

  expect(await rowsOf(['a'])).toEqual([aRow('a', 1, 10, 1)]);
});

test('a correction is kept, and so is its reversal', async () => {
  for (const [created, limit] of [
    [10, 1],
    [20, 2],
    [30, 1],
  ] as const) {
    await archive.append(view, [aRow('a', 1, created, limit)]);
  }

  const rows = await rowsOf(['a']);

  expect(rows.map(({ values }) => values[0])).toEqual([1, 2, 1]);
});

test('missing values stay missing', async () => {
  await archive.append(view, [aRow('a', 1, 1, null)]);

  expect((await rowsOf(['a']))[0]?.values[0]).toBeNull();
});

test('a long history is read in pages that are in order across page boundaries', async () => {
  const rows = Array.from({ length: 12_000 }, (_, i) => aRow(i % 2 === 0 ? 'a' : 'b', i, 1, i));
  for (let from = 0; from < rows.length; from += 4_000) await archive.append(view, rows.slice(from, from + 4_000));
  let pages = 0;
  for await (const page of archive.rowsOf(view, ['a', 'b'], ALL)) pages += page.length > 0 ? 1 : 0;

  expect(pages).toBe(3);
  expect((await rowsOf(['a', 'b'])).map(({ values }) => values[0])).toEqual([
    ...rows.filter((_, i) => i % 2 === 0).map((_, i) => 2 * i),
    ...rows.filter((_, i) => i % 2 === 1).map((_, i) => 2 * i + 1),
  ]);
});

test('values that Postgres cannot store give invalid_input, and later rows are stored', async () => {
  const poison = { ...aRow('a', 1, 1, 1), values: [1, 'go\0ld', true, null] };

  await expect(archive.append(view, [aRow('b', 1, 1, 1), poison])).rejects.toMatchObject({
    kind: 'invalid_input',
    code: 'ROW_REFUSED',
  });
  await archive.append(view, [aRow('c', 1, 1, 1)]);

  expect((await rowsOf(['a', 'b', 'c'])).map(({ entityKey }) => entityKey)).toEqual(['c']);
});

test('rows older than the limit are deleted, except the newest row of each entity', async () => {
  await archive.append(view, [aRow('a', 1, 1, 1), aRow('a', 2, 1, 2), aRow('a', 9, 1, 3), aRow('b', 1, 1, 4)]);

  await archive.dropBefore(5_000);

  expect((await rowsOf(['a', 'b'])).map(({ values }) => values[0])).toEqual([3, 4]);
});

test('all rows of a span are read by event time across entities', async () => {
  await archive.append(view, [aRow('b', 3, 1, 3), aRow('a', 1, 1, 1), aRow('b', 2, 1, 2), aRow('a', 9, 1, 4)]);
  const limits: unknown[] = [];

  for await (const page of archive.rowsIn(view, { fromMs: 1_500, untilMs: 5_000 })) {
    limits.push(...page.map(({ values }) => values[0]));
  }

  expect(limits).toEqual([2, 3]);
});
