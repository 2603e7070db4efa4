// Real: Redis. Faked: nothing.
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { connectRedis } from './connect-redis.js';
import { InstallationKey } from './installation-key.js';

let redis: Redis;
let prefix: string;
const name = (): string => `${prefix}:installation:transaction-id-key`;

beforeEach(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  prefix = `test-${randomUUID()}`;
});

afterEach(async () => {
  await redis.del(name());
  redis.disconnect();
});

test('concurrent callers get the same key of 16 bytes, and installations have different keys', async () => {
  const keys = await Promise.all(Array.from({ length: 10 }, () => InstallationKey.open(redis, prefix)));
  const other = await InstallationKey.open(redis, `${prefix}-other`);
  await redis.del(`${prefix}-other:installation:transaction-id-key`);

  expect(new Set(keys.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size).toBe(1);
  expect(keys[0]?.bytes).toHaveLength(16);
  expect(other.bytes).not.toEqual(keys[0]?.bytes);
});

test('a process with the key restores it after Redis has lost it', async () => {
  const key = await InstallationKey.open(redis, prefix);
  await redis.del(name());

  await key.keep();

  expect((await InstallationKey.open(redis, prefix)).bytes).toEqual(key.bytes);
});

test('a process whose key was replaced in the meantime fails with an error whose remedy is a restart', async () => {
  const key = await InstallationKey.open(redis, prefix);
  await redis.del(name());
  await InstallationKey.open(redis, prefix);

  await expect(key.keep()).rejects.toMatchObject({ code: 'INSTALLATION_KEY_DIFFERS' });
});

test('a key that is too short is rejected with an error code', async () => {
  await redis.set(name(), 'c2hvcnQ=');

  await expect(InstallationKey.open(redis, prefix)).rejects.toMatchObject({ code: 'INSTALLATION_KEY_INVALID' });
});
