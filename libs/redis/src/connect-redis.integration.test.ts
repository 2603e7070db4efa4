// Real: Redis. Faked: servers that close connections or never respond.
import { Secret } from '@fraudflow/config';
import { HealthRegistry, silentLogger } from '@fraudflow/observability';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, inject, test } from 'vitest';
import { connectRedis, openRedis } from './connect-redis.js';

test('a connection responds, and its health check passes until it is closed', async () => {
  const health = new HealthRegistry();
  const redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger, health });

  expect(await redis.ping()).toBe('PONG');
  expect(await health.readiness()).toMatchObject({ checks: { redis: { ok: true } } });
  redis.disconnect();
  expect(await health.readiness()).toMatchObject({ checks: { redis: { ok: false } } });
});

test('the error for a server that does not respond at start names it without its password', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new Secret(`redis://user:hidden@127.0.0.1:${port}`);

  const refused = connectRedis({ url, logger: silentLogger });

  await expect(refused).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(refused).rejects.toThrow(`127.0.0.1:${port}`);
  await expect(refused).rejects.not.toThrow('hidden');
  server.close();
});

test('a lazily opened connection connects with its first command', async () => {
  const redis = openRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  const before = redis.status;

  expect(await redis.ping()).toBe('PONG');
  expect([before, redis.status]).toEqual(['wait', 'ready']);
  redis.disconnect();
});

test('a command fails after its timeout', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const redis = openRedis({
    url: new Secret(`redis://127.0.0.1:${port}`),
    logger: silentLogger,
    commandTimeoutMs: 50,
  });

  await expect(redis.get('a')).rejects.toThrow('timed out');
  redis.disconnect();
  server.close();
});
