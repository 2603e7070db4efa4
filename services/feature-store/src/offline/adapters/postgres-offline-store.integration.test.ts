import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { aFeatureRow, aLabelRow, type OfflineDatabase, offlineDatabase } from '../../../test/offline-database.js';
import type { FeatureRow, LabelRow, OfflineLoad } from '../sink/offline-store.port.js';
import { PostgresOfflineStore } from './postgres-offline-store.js';

const JANUARY_END = Date.UTC(2026, 1) - 1;
const FEBRUARY = Date.UTC(2026, 1);
const WAIT = { timeout: 30_000, interval: 20 };
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

const idsIn = async (table = 'feature_rows'): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ id: string }>(`SELECT transaction_id AS id FROM offline.${table} ORDER BY 1`);
  return rows.map(({ id }) => id);
};
const row = (transactionId: string, occurredAtMs = FEBRUARY): FeatureRow =>
  aFeatureRow({ transactionId, occurredAtMs });

test('a worker whose partition was taken over writes nothing', async () => {
  const [former, present] = [new PostgresOfflineStore(pool, quiet), new PostgresOfflineStore(pool, quiet)];
  await former.load(aLoad(0, 1, [row('a')]));
  await present.load(aLoad(1, 2, [row('b')]));

  await expect(former.load(aLoad(1, 3, [row('b'), row('c')]))).rejects.toMatchObject({
    code: 'OFFSET_MOVED',
    details: { topic: 'features', partition: 0 },
  });

  expect(await idsIn()).toEqual(['a', 'b']);
  expect(await present.nextOffset('features', 0)).toBe(2);
});

test('a load that begins beyond the stored offset is refused', async () => {
  const store = new PostgresOfflineStore(pool, quiet);

  await expect(store.load(aLoad(5, 6, [row('a')]))).rejects.toMatchObject({ code: 'OFFSET_MOVED' });

  expect(await idsIn()).toEqual([]);
});

test('a load interrupted before its commit writes nothing, and its retry writes the rows once', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  await store.load(aLoad(0, 1, [row('a')], [aLabelRow({ transactionId: 'a', occurredAtMs: FEBRUARY })]));
  const load = aLoad(1, 2, [row('b')], [aLabelRow({ transactionId: 'b', occurredAtMs: FEBRUARY })]);
  const holder = await pool.connect();
  await holder.query('BEGIN; LOCK TABLE offline.labels IN ACCESS EXCLUSIVE MODE');

  const cut = store.load(load).catch((error: Error) => error);
  const pid = await vi.waitUntil(blockedLoad, WAIT);
  await holder.query('SELECT pg_terminate_backend($1)', [pid]);
  const failure = await cut;
  await holder.query('COMMIT');
  holder.release();

  expect(failure).toBeInstanceOf(Error);
  expect(await idsIn()).toEqual(['a']);
  await store.load(load);
  expect(await idsIn()).toEqual(['a', 'b']);
  expect(await idsIn('labels')).toEqual(['a', 'b']);
});

/**
 * A session that has written its rows and waits for the lock. Queried outside the holder's transaction, whose view of
 * the activity does not change.
 */
async function blockedLoad(): Promise<number | undefined> {
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY offline.labels%' AND datname = current_database()`,
  );
  return rows[0]?.pid;
}

test('a load waits for a lock of another session, and is then written once', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  const holder = await pool.connect();
  await store.load(aLoad(0, 1, [row('a')], [aLabelRow({ transactionId: 'a', occurredAtMs: FEBRUARY })]));
  await holder.query('BEGIN; LOCK TABLE offline.labels IN ACCESS EXCLUSIVE MODE');

  const loading = store.load(aLoad(1, 2, [row('b')], [aLabelRow({ transactionId: 'b', occurredAtMs: FEBRUARY })]));
  await vi.waitUntil(blockedLoad, WAIT);
  await holder.query('COMMIT');
  holder.release();
  await loading;

  expect(await idsIn()).toEqual(['a', 'b']);
});

test('the last instant of a month and the first of the next are in separate tables, and the old table can be dropped', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  await store.load(aLoad(0, 2, [row('last', JANUARY_END), row('first', FEBRUARY)]));

  expect((await pool.query('SELECT transaction_id AS id FROM offline.feature_rows_2026_01')).rows).toEqual([
    { id: 'last' },
  ]);
  expect(await store.months.dropBefore(FEBRUARY)).toContain('feature_rows_2026_01');
  expect(await idsIn()).toEqual(['first']);

  await store.load(aLoad(2, 3, [row('late', JANUARY_END)]));
  expect(await idsIn()).toEqual(['first', 'late']);
});

test('a load recreates a month that another process has dropped', async () => {
  const [store, other] = [new PostgresOfflineStore(pool, quiet), new PostgresOfflineStore(pool, quiet)];
  await store.load(aLoad(0, 1, [row('a', JANUARY_END)]));
  await other.months.dropBefore(FEBRUARY);

  expect(await store.load(aLoad(1, 2, [row('b', JANUARY_END)]))).toEqual([]);

  expect(await idsIn()).toEqual(['b']);
});

test('workers that concurrently need the same new month all succeed', async () => {
  const at = Date.UTC(2031, 6, 4);
  const stores = Array.from({ length: 4 }, () => new PostgresOfflineStore(pool, quiet));

  await Promise.all(
    stores.map((store, partition) =>
      store.load([
        { move: { topic: 'features', partition, from: 0, next: 1 }, features: [row(`t${partition}`, at)], labels: [] },
      ]),
    ),
  );

  expect(await idsIn()).toEqual(['t0', 't1', 't2', 't3']);
});

test('transactions are found by id, also in months created after the index run', async () => {
  const store = new PostgresOfflineStore(pool, quiet);
  await store.load(aLoad(0, 1, [row('a')]));
  await store.findTransactions(['a']);
  await vi.waitUntil(async () => (await indexedMonths()).includes('feature_rows_2026_02_by_id'), WAIT);
  await store.load(aLoad(1, 2, [row('b', Date.UTC(2032, 0))]));

  expect(await store.findTransactions(['a', 'b', 'unknown'])).toMatchObject([
    { transactionId: 'a', occurredAtMs: FEBRUARY, amountMinor: 1_000 },
    { transactionId: 'b', occurredAtMs: Date.UTC(2032, 0) },
  ]);
  expect(await indexedMonths()).toContain('feature_rows_2032_01_by_id');
});

async function indexedMonths(): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'offline'`,
  );
  return rows.map(({ name }) => name);
}
