// Real: Redis. Faked: nothing.
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { connectRedis } from './connect-redis.js';
import { runScript, script } from './script.js';

let redis: Redis;

beforeEach(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
});

afterEach(() => redis.disconnect());

test('an unknown script is sent once and then called by its digest', async () => {
  const unique = script(`-- ${randomUUID()}\nreturn { KEYS[1], ARGV[1] }`);
  const known = async (): Promise<unknown> => redis.script('EXISTS', unique.sha);
  const before = await known();

  const answers = [await runScript(redis, unique, ['k'], ['1']), await runScript(redis, unique, ['k'], ['2'])];

  expect([before, await known()]).toEqual([[0], [1]]);
  expect(answers).toMatchObject([
    ['k', '1'],
    ['k', '2'],
  ]);
});

test('bytes reach a script unchanged', async () => {
  const lengths = script('return #ARGV[1]');

  expect(await runScript(redis, lengths, [], [Buffer.from([0, 13, 10, 255])])).toBe(4);
});

test("a script's own error is thrown, and the script is not run a second time", async () => {
  const key = `test-${randomUUID()}`;
  const failing = script("redis.call('INCR', KEYS[1]) return redis.call('HGETALL', KEYS[1])");

  await runScript(redis, script('return 1'), [], []);
  await expect(runScript(redis, failing, [key], [])).rejects.toThrow('WRONGTYPE');

  expect(await redis.get(key)).toBe('1');
  await redis.del(key);
});
