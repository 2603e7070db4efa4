// Real: Redis. Faked: nothing.
import { randomUUID } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectRedis } from './connect-redis.js';
import { RedisWatermarkExchange } from './watermark-exchange.js';

let redis: Awaited<ReturnType<typeof connectRedis>>;
const prefix = `test-${randomUUID().slice(0, 8)}`;

beforeAll(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
});

afterAll(() => redis.disconnect());

test('a worker receives the event-time positions of all partitions and the time since their last progress', async () => {
  const name = randomUUID();
  const [ours, theirs] = [
    new RedisWatermarkExchange(redis, name, prefix),
    new RedisWatermarkExchange(redis, name, prefix),
  ];
  await ours.sync(
    new Map([
      ['in:0', { isLagging: true, atMs: 5, stillMs: 12_345.6 }],
      ['in:1', { isLagging: false, atMs: Number.POSITIVE_INFINITY }],
    ]),
  );

  const heads = await theirs.sync(new Map([['in:2', { isLagging: true, atMs: Number.NEGATIVE_INFINITY }]]));

  expect(Object.fromEntries(heads)).toMatchObject({
    'in:0': { isLagging: true, atMs: 5, stillMs: 12_346 },
    'in:1': { isLagging: false, atMs: Number.POSITIVE_INFINITY, stillMs: 0 },
    'in:2': { isLagging: true, atMs: Number.NEGATIVE_INFINITY, stillMs: 0 },
  });
  expect([...heads.values()].every(({ ageMs }) => ageMs >= 0 && ageMs < 60_000)).toBe(true);
});

test('an entry of a worker of an earlier version counts as progressing', async () => {
  const name = randomUUID();
  await redis.hset(`${prefix}:{heads:${name}}`, 'in:0', 'lags 7 1700000000000');

  const heads = await new RedisWatermarkExchange(redis, name, prefix).sync(new Map());

  expect(heads.get('in:0')).toMatchObject({ isLagging: true, atMs: 7, stillMs: 0 });
});
