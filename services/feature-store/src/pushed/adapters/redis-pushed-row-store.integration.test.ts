import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { aPushedView } from '../../../test/serving-fixture.js';
import type { PushedRow } from '../pushed-row.js';
import { RedisPushedRowStore } from './redis-pushed-row-store.js';

const view = aPushedView();
const onDamaged = vi.fn<(view: string, entityKey: string) => void>();
let redis: Redis;
let prefix: string;
let store: RedisPushedRowStore;

beforeEach(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  prefix = `test-${randomUUID()}`;
  onDamaged.mockClear();
  store = new RedisPushedRowStore(redis, { expireAfterTtlMs: 60_000, prefix }, onDamaged);
});

afterEach(async () => {
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const aRow = (entityKey: string, seconds: number, nanos: number, limit: number): PushedRow => ({
  entityKey,
  eventAt: { seconds, nanos },
  createdAt: { seconds, nanos: 7 },
  values: [limit, 'gold', null, 12n],
});
const limitOf = async (entityKey: string): Promise<unknown> => (await store.read(view, [entityKey]))[0]?.values[0];
const keyOf = (entityKey: string): string => `${prefix}:{pushed:${view.name}}:r:${entityKey}`;

test('the newest row by event time wins, to the nanosecond and in any order of arrival', async () => {
  const first = await store.write(view, [aRow('c1', 100, 5, 1)]);
  const late = await store.write(view, [aRow('c1', 100, 4, 2), aRow('c1', 99, 999_999_999, 3)]);
  const newer = await store.write(view, [aRow('c1', 100, 6, 5)]);

  expect([first.written, late.written, newer.written]).toEqual([1, 0, 1]);
  expect(late.notNewer).toBe(2);
  expect((await store.read(view, ['c1']))[0]).toEqual(aRow('c1', 100, 6, 5));
});

test('among rows of one event time the last created wins, so a correction is never undone', async () => {
  const created = (row: PushedRow, seconds: number, nanos = 0): PushedRow => ({
    ...row,
    createdAt: { seconds, nanos },
  });
  await store.write(view, [created(aRow('c1', 100, 5, 1), 200)]);

  const correction = await store.write(view, [created(aRow('c1', 100, 5, 2), 200, 1)]);
  const older = await store.write(view, [created(aRow('c1', 100, 5, 3), 199, 999_999_999)]);
  const repeated = await store.write(view, [created(aRow('c1', 100, 5, 2), 200, 1)]);

  expect([correction.written, older.notNewer, repeated.written]).toEqual([1, 1, 1]);
  expect(await limitOf('c1')).toBe(2);
});

test('rows of one call are applied in their order', async () => {
  const { written } = await store.write(view, [aRow('c1', 2, 0, 2), aRow('c1', 1, 0, 1), aRow('c1', 3, 0, 3)]);

  expect(written).toBe(2);
  expect(await limitOf('c1')).toBe(3);
});

test('concurrent writers never lose the newest row', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => aRow('c1', 1_000, (i * 7_919) % 300, (i * 7_919) % 300));

  await Promise.all(rows.map((row) => store.write(view, [row])));

  expect(await limitOf('c1')).toBe(299);
});

test('many entities are read in the requested order, with undefined for a missing row', async () => {
  const rows = Array.from({ length: 1_200 }, (_, i) => aRow(`c${i}`, 10, 0, i));
  await store.write(view, rows);

  const found = await store.read(view, ['c1199', 'nobody', 'c0', 'c600']);

  expect(found.map((row) => row?.values[0])).toEqual([1_199, undefined, 0, 600]);
});

test('a row expires after its ttl and a margin only if the view hides old values, counted from the last write', async () => {
  const hiding = aPushedView(1_000_000, 'null');
  await store.write(hiding, [aRow('c1', 1, 0, 1)]);
  const first = await redis.pttl(keyOf('c1'));
  await redis.pexpire(keyOf('c1'), 5_000);
  await store.write(hiding, [aRow('c1', 2, 0, 2)]);
  const second = await redis.pttl(keyOf('c1'));
  await store.write(aPushedView(1_000_000, 'flag'), [aRow('c2', 1, 0, 1)]);

  expect(first).toBeGreaterThan(1_000_000);
  expect(first).toBeLessThanOrEqual(1_060_000);
  expect(second).toBeGreaterThan(1_000_000);
  expect(await redis.pttl(keyOf('c2'))).toBe(-1);
});

test('damaged bytes count as a missing row, are reported, and are replaced by the next row', async () => {
  await store.write(view, [aRow('c1', 1, 0, 1)]);
  await redis.setrange(keyOf('c1'), 30, 'x');

  expect(await limitOf('c1')).toBeUndefined();
  expect(onDamaged).toHaveBeenCalledWith(view.name, 'c1');

  await store.write(view, [aRow('c1', 2, 0, 2)]);
  expect(await limitOf('c1')).toBe(2);
});

test('the store works after the script cache was flushed', async () => {
  await redis.script('FLUSH');

  await store.write(view, [aRow('c1', 1, 0, 1)]);

  expect(await limitOf('c1')).toBe(1);
});

test('an unreachable store gives unavailable', async () => {
  redis.disconnect();

  await expect(store.read(view, ['c1'])).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(store.write(view, [aRow('c1', 1, 0, 1)])).rejects.toMatchObject({ kind: 'unavailable' });
  await redis.connect();
});
