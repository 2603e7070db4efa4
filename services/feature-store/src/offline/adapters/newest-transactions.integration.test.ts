import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { aFeatureRow, type OfflineDatabase, offlineDatabase } from '../../../test/offline-database.js';
import { PostgresOfflineStore } from './postgres-offline-store.js';

const JANUARY = Date.UTC(2026, 0);
const MAY = Date.UTC(2026, 4);

let database: OfflineDatabase;

beforeAll(async () => {
  database = await offlineDatabase(inject('postgresUrl'));
});
afterAll(() => database.close());

test('the newest transactions of all months are returned newest first, up to the limit', async () => {
  const store = new PostgresOfflineStore(database.pool, { idIndexFailed: () => undefined });
  expect(await store.newestTransactions(5)).toEqual([]);
  const features = [
    aFeatureRow({ transactionId: 'first', occurredAtMs: JANUARY }),
    aFeatureRow({ transactionId: 'ahead', occurredAtMs: MAY }),
    aFeatureRow({ transactionId: 'second', occurredAtMs: JANUARY + 1 }),
  ];
  await store.load([{ move: { topic: 'features', partition: 0, from: 0, next: 3 }, features, labels: [] }]);

  expect(await store.newestTransactions(2)).toEqual([
    { transactionId: 'ahead', occurredAtMs: MAY },
    { transactionId: 'second', occurredAtMs: JANUARY + 1 },
  ]);
});
