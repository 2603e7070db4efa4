import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { aFeatureRow, aLabelRow, type OfflineDatabase, offlineDatabase } from '../../../test/offline-database.js';
import type { FeatureRow, LabelRow, OfflineLoad } from '../sink/offline-store.port.js';
import { PostgresOfflineStore } from './postgres-offline-store.js';

const AT = Date.UTC(2026, 1);
const quiet = { idIndexFailed: () => undefined };

let database: OfflineDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await offlineDatabase(inject('postgresUrl'));
  ({ pool } = database);
});
afterAll(() => database.close());
beforeEach(() =>
  pool.query('TRUNCATE offline.feature_rows, offline.labels, offline.sink_offsets, offline.set_aside_rows'),
);

const aLoad = (
  from: number,
  next: number,
  features: readonly FeatureRow[],
  labels: readonly LabelRow[] = [],
): OfflineLoad => [{ move: { topic: 'features', partition: 0, from, next }, features, labels }];
const row = (transactionId: string, occurredAtMs = AT): FeatureRow => aFeatureRow({ transactionId, occurredAtMs });
const label = (transactionId: string, occurredAtMs: number): LabelRow =>
  aLabelRow({ transactionId, occurredAtMs, labelledAtMs: AT });

async function texts(sql: string): Promise<readonly string[]> {
  return (await pool.query<{ text: string }>(sql)).rows.map(({ text }) => text);
}
const stored = (table: string): Promise<readonly string[]> =>
  texts(`SELECT transaction_id AS text FROM offline.${table} ORDER BY 1`);

test('rows that Postgres refuses permanently are set aside with the reason, and all others are stored with the offset', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  const poison = [
    row('nul\0'),
    { ...row('amount'), amountMinor: 0.5 },
    { ...row('version'), featureServiceVersion: 70_000 },
    row('never', Number.NaN),
    row('before time', -9e15),
  ].map((one, offset) => ({ ...one, log: { partition: 3, offset } }));
  const features = [row('a'), ...poison.slice(0, 3), row('b'), ...poison.slice(3), row('c')];

  const setAside = await store.load(aLoad(0, 8, features, [label('x', AT), label('y\0', AT)]));

  expect(await stored('feature_rows')).toEqual(['a', 'b', 'c']);
  expect(await stored('labels')).toEqual(['x']);
  expect(await store.nextOffset('features', 0)).toBe(8);
  expect(setAside.map(({ table, transactionId }) => [table, transactionId])).toEqual([
    ...poison.map(({ transactionId }) => ['feature_rows', transactionId]),
    ['labels', 'y\0'],
  ]);
  const contents = await texts('SELECT content AS text FROM offline.set_aside_rows ORDER BY target, log_offset');
  expect((JSON.parse(contents[0] ?? '') as FeatureRow).transactionId).toBe('nul\0');
  expect(await texts("SELECT sql_state AS text FROM offline.set_aside_rows WHERE target = 'labels'")).toEqual([
    '22021',
  ]);
});

test('a load of refused rows only moves the offset', async () => {
  const store = new PostgresOfflineStore(pool, quiet);

  await store.load(aLoad(0, 1, [row('nul\0')]));
  await store.load(aLoad(1, 2, [row('a')]));

  expect(await stored('feature_rows')).toEqual(['a']);
});

test('a lost connection sets nothing aside', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  await store.load(aLoad(0, 1, [row('a')]));
  const holder = await pool.connect();
  await holder.query('BEGIN; LOCK TABLE offline.feature_rows IN ACCESS EXCLUSIVE MODE');
  const loading = store.load(aLoad(1, 2, [row('b')])).catch((error: unknown) => error);
  let pid: number | undefined;
  while (pid === undefined) {
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    pid = (await pool.query<{ pid: number }>(waiting)).rows[0]?.pid;
  }

  await holder.query('SELECT pg_terminate_backend($1)', [pid]);
  const failure = await loading;
  await holder.query('COMMIT');
  holder.release();

  expect(failure).toBeInstanceOf(Error);
  expect(await texts('SELECT content AS text FROM offline.set_aside_rows')).toEqual([]);
  await store.load(aLoad(1, 2, [row('b')]));
  expect(await stored('feature_rows')).toEqual(['a', 'b']);
});

test('times of any year are stored, in the shared tables outside 2000 to 2099', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  const times = [
    '0001-01-10',
    '1901-01-10',
    '0000-06-10',
    '-000400-01-01',
    '1999-12-31',
    '2000-01-01',
    '2099-12-31',
    '2100-01-01',
    '9999-12-31',
  ];

  for (const [i, time] of times.entries()) {
    const setAside = await store.load(
      aLoad(i, i + 1, [row(`t${i}`, Date.parse(time))], [label(`t${i}`, Date.parse(time))]),
    );
    expect(setAside).toEqual([]);
  }

  expect(await stored('labels')).toEqual(times.map((_, i) => `t${i}`));
  expect(await stored('labels_before_2000')).toEqual(['t0', 't1', 't2', 't3', 't4']);
  expect(await stored('feature_rows_from_2100')).toEqual(['t7', 't8']);
});

test('any number of months before 2000 and after 2099 share two tables', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  const labels = Array.from({ length: 1_000 }, (_, i) => label(`m${i}`, Date.UTC(i % 2 === 0 ? 1_910 : 2_100, i)));
  const tables = (): Promise<readonly string[]> =>
    texts(`SELECT inhrelid::regclass::text AS text FROM pg_inherits WHERE inhparent = 'offline.labels'::regclass`);
  const before = await tables();

  await store.load(aLoad(0, 1_000, [], labels));

  const made = (await tables()).filter((table) => !before.includes(table));
  expect(['offline.labels_before_2000', 'offline.labels_from_2100']).toEqual(expect.arrayContaining(made));
  expect(await stored('labels')).toHaveLength(1_000);
});

test('a month left detached by a dead worker is recreated', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  await store.load(aLoad(0, 1, [row('a', Date.UTC(2024, 5))]));
  await pool.query('ALTER TABLE offline.feature_rows DETACH PARTITION offline.feature_rows_2024_06');

  expect(await new PostgresOfflineStore(pool, quiet).load(aLoad(1, 2, [row('b', Date.UTC(2024, 5))]))).toEqual([]);
  await pool.query('ALTER TABLE offline.feature_rows DETACH PARTITION offline.feature_rows_2024_06');

  expect(await store.months.dropBefore(Date.UTC(2025, 0))).toContain('feature_rows_2024_06');
});

test('the amount in the base currency and the late flag are stored', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  const foreign = { ...row('f'), currency: 'USD', baseAmountMinor: 921, isLate: true };

  await store.load(aLoad(0, 2, [row('a'), foreign]));

  const { rows } = await pool.query(
    'SELECT transaction_id AS id, base_amount_minor AS base, is_late AS late FROM offline.transactions ORDER BY 1',
  );
  expect(rows).toEqual([
    { id: 'a', base: null, late: false },
    { id: 'f', base: 921, late: true },
  ]);
});
