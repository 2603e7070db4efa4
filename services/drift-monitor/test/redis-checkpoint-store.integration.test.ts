// Real: Redis. Faked: nothing.
import { randomBytes } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { expect, inject, test, vi } from 'vitest';
import { RedisCheckpointStore } from '../src/session/adapters/redis-checkpoint-store.js';
import { describeCheckpointStore } from './checkpoint-store.conformance.js';

async function aStore() {
  const redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  const prefix = `test-${randomBytes(6).toString('hex')}:{drift-monitor}`;
  const keyOf = (name: string): string => `${prefix}:${name}`;
  const keys = ['epoch', 'lease', 'checkpoint'].map(keyOf);
  return { redis, keys, clockKey: keyOf('clock'), store: new RedisCheckpointStore(redis, prefix) };
}

describeCheckpointStore('Redis', async () => {
  const { redis, keys, clockKey, store } = await aStore();
  return {
    store,
    timePasses: async (ms) => {
      await redis.set(clockKey, 'x', 'PX', ms);
      await vi.waitFor(async () => expect(await redis.exists(clockKey)).toBe(0), { timeout: 10_000, interval: 5 });
    },
    loseState: async () => {
      await redis.del(keys);
    },
    close: async () => {
      await redis.del(keys);
      redis.disconnect();
    },
  };
});

test('the keys have the same hash tag, so a script with all of them runs on one node of a cluster', async () => {
  const { redis, keys, store } = await aStore();
  const epoch = await store.acquire('a', 60_000);
  await store.save(epoch ?? 0, Buffer.from('x'));

  expect(await redis.exists(...keys)).toBe(3);

  await redis.del(keys);
  redis.disconnect();
});

test('an epoch in the former format, a plain counter, is followed by a higher epoch', async () => {
  const { redis, keys, store } = await aStore();
  await redis.set(keys[0] ?? '', '5');

  expect(await store.acquire('a', 60_000)).toBeGreaterThan(5);

  await redis.del(keys);
  redis.disconnect();
});

test('every method reports an unavailable Redis as unavailable', async () => {
  const { redis, store } = await aStore();
  redis.disconnect();

  const steps = [
    () => store.acquire('a', 1_000),
    () => store.renew(1, 'a', 1_000),
    () => store.release(1, 'a'),
    () => store.load(),
    () => store.save(1, Buffer.from('x')),
  ];

  for (const step of steps) await expect(step()).rejects.toMatchObject({ kind: 'unavailable' });
});
