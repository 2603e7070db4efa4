// Real: Redis. Faked: nothing.
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { connectRedis } from './connect-redis.js';
import { RedisStageStore } from './stage-store.js';

const ID = { stage: 'customer', partition: 7 };
let redis: Redis;
let prefix: string;
let store: RedisStageStore;

beforeEach(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  prefix = `test-${randomUUID()}`;
  store = new RedisStageStore(redis, prefix);
});

afterEach(async () => {
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
});

const complete = (): Promise<string | null> => redis.get(`${prefix}:{customer:7}:complete`);
const aCommit = (epoch: number, writes: ReadonlyMap<string, Uint8Array | null>, more: object = {}) => ({
  id: ID,
  epoch,
  expected: undefined,
  next: 1,
  writes,
  seen: new Map<string, number>(),
  ...more,
});

test('states, offset and completeness mark are stored under the keys that readers outside the stage use', async () => {
  const { epoch } = await store.claim(ID);
  const before = await complete();

  await store.commit(aCommit(epoch, new Map([['{c}1', Buffer.from('state')]]), { layout: '3:abc' }));

  expect(store.stateKey(ID, '{c}1')).toBe(`${prefix}:{customer:7}:s:{c}1`);
  expect(await redis.get(`${prefix}:{customer:7}:s:{c}1`)).toBe('state');
  expect(await redis.hget(`${prefix}:{customer:7}:meta`, 'next')).toBe('1');
  expect([before, await complete()]).toEqual([null, '3:abc']);
});

test('more states than one Lua call accepts are set, replaced and deleted in one commit each', async () => {
  const { epoch } = await store.claim(ID);
  const keys = Array.from({ length: 4_500 }, (_, i) => `k${i}`);
  const first = new Map(keys.map((key) => [key, Buffer.from(`${key} first`)]));
  const second = new Map(keys.map((key, i) => [key, i % 2 === 0 ? null : Buffer.from(`${key} second`)]));

  expect(await store.commit(aCommit(epoch, first))).toBe('committed');
  expect(await store.commit(aCommit(epoch, second, { expected: 1, next: 2 }))).toBe('committed');

  const states = await store.read(ID, keys);
  expect(states.map((state) => state && Buffer.from(state).toString())).toEqual(
    keys.map((key, i) => (i % 2 === 0 ? undefined : `${key} second`)),
  );
});

test('a rebuild removes only the states of its partition, and removes the completeness mark until it ends', async () => {
  const other = { stage: 'customer', partition: 70 };
  for (const id of [ID, other]) {
    const { epoch } = await store.claim(id);
    await store.commit({ ...aCommit(epoch, new Map([['a', Buffer.from('x')]])), id });
  }
  const { epoch } = await store.claim(ID);

  await store.beginRebuild(ID, epoch, { until: 9, emitFrom: 4 });

  expect(await store.read(ID, ['a'])).toEqual([undefined]);
  expect((await store.read(other, ['a']))[0]).toBeDefined();
  expect(await complete()).toBeNull();
  expect((await store.claim(ID)).rebuild).toEqual({ until: 9, emitFrom: 4 });
  await store.commit(aCommit(epoch + 1, new Map(), { expected: 1, next: 9, endsRebuild: true }));
  expect(await complete()).toBe('1');
});

test('an older epoch can neither begin a rebuild nor delete the state', async () => {
  const zombie = await store.claim(ID);
  const owner = await store.claim(ID);
  await store.commit(aCommit(owner.epoch, new Map([['a', Buffer.from('x')]])));

  await store.beginRebuild(ID, zombie.epoch, { until: 1, emitFrom: 0 });
  await store.forget(ID, zombie.epoch);
  await store.endRebuild(ID, zombie.epoch);

  expect((await store.read(ID, ['a']))[0]).toBeDefined();
  expect((await store.claim(ID)).nextOffset).toBe(1);
  expect(await store.check(ID, owner.epoch)).toBe('fenced');
});

test('after a loss of all data the epoch is still greater than before', async () => {
  const { epoch } = await store.claim(ID);
  await store.claim(ID);
  await redis.del(`${prefix}:{customer:7}:meta`);

  expect(await store.check(ID, epoch)).toBe('lost');
  expect(await store.commit(aCommit(epoch, new Map()))).toBe('lost');
  expect((await store.claim(ID)).epoch).toBeGreaterThanOrEqual(epoch);
});

test('a scan returns the keys of its partition page by page, without keys of other partitions and meta keys', async () => {
  const other = { stage: 'customer', partition: 70 };
  const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
  const { epoch } = await store.claim(ID);
  await store.commit(aCommit(epoch, new Map(keys.map((key) => [key, Buffer.from(key)]))));
  const { epoch: foreign } = await store.claim(other);
  await store.commit({ ...aCommit(foreign, new Map([['foreign', Buffer.from('x')]])), id: other });

  const found = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.scan(ID, cursor);
    page.keys.forEach((key) => found.add(key));
    ({ cursor } = page);
  } while (cursor !== undefined);

  expect([...found].toSorted()).toEqual(keys.toSorted());
});

test('every method fails as unavailable if the store cannot be reached', async () => {
  const away = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  store = new RedisStageStore(away, prefix);
  away.disconnect();
  const unavailable = { kind: 'unavailable', code: 'REDIS_UNAVAILABLE' };

  await expect(store.claim(ID)).rejects.toMatchObject(unavailable);
  await expect(store.read(ID, ['a'])).rejects.toMatchObject(unavailable);
  await expect(store.commit(aCommit(1, new Map()))).rejects.toMatchObject(unavailable);
  await expect(store.check(ID, 1)).rejects.toMatchObject(unavailable);
  await expect(store.scan(ID, undefined)).rejects.toMatchObject(unavailable);
  await expect(store.forget(ID, 1)).rejects.toMatchObject(unavailable);
});
