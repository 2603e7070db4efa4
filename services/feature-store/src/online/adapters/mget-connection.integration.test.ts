import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { connectRedis, type StoredValues } from '@fraudflow/redis';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { MgetConnection } from './mget-connection.js';

const closing: (() => void)[] = [];
let redis: Redis;
let prefix: string;

beforeEach(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  prefix = `test-${randomUUID()}`;
});

afterEach(async () => {
  closing.splice(0).forEach((close) => close());
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

const aConnection = (url = inject('redisUrl'), timeoutMs = 10_000): MgetConnection => {
  const connection = new MgetConnection({ url: new Secret(url), logger: silentLogger, timeoutMs });
  closing.push(() => connection.close());
  return connection;
};
const texts = (values: StoredValues): (string | null)[] => values.map((value) => value?.toString() ?? null);

/** A server whose responses the test chooses. */
async function aServer(onSocket: (socket: Socket, place: number) => void): Promise<string> {
  let sockets = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket, sockets++);
  }).listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('concurrent reads of any size return their values in the order of their keys', async () => {
  const large = 'ä'.repeat(400_000);
  await redis.mset({ [`${prefix}:ü`]: 'one', [`${prefix}:large`]: large });
  const connection = aConnection();
  const reads = Array.from({ length: 50 }, (_, i) => {
    return connection.read([`${prefix}:${i}`, `${prefix}:ü`, `${prefix}:large`], texts);
  });

  for (const values of await Promise.all(reads)) expect(values).toEqual([null, 'one', large]);
});

test('the database number of the URL selects the database', async () => {
  const url = new URL(inject('redisUrl'));
  url.pathname = '/3';
  const other = await connectRedis({ url: new Secret(url.href), logger: silentLogger });
  closing.push(() => other.disconnect());
  await other.set(`${prefix}:a`, 'in three', 'EX', 60);

  expect(await aConnection(url.href).read([`${prefix}:a`], texts)).toEqual(['in three']);
  expect(await aConnection().read([`${prefix}:a`], texts)).toEqual([null]);
});

test('a user with a password can read according to its ACL, and with a wrong password nothing', async () => {
  const user = `reader-${randomUUID()}`;
  await redis.call('ACL', 'SETUSER', user, 'on', '>se/cret', `~${prefix}:*`, '+mget');
  closing.push(() => void redis.call('ACL', 'DELUSER', user));
  await redis.set(`${prefix}:key`, 'value');
  const url = new URL(inject('redisUrl'));
  url.username = user;
  url.password = encodeURIComponent('se/cret');
  const wrong = new URL(url);
  wrong.password = 'guess';

  expect(await aConnection(url.href).read([`${prefix}:key`], texts)).toEqual(['value']);
  await expect(aConnection(wrong.href).read([`${prefix}:key`], texts)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a read in flight is repeated after its connection breaks', async () => {
  const url = await aServer((socket, place) => {
    socket.on('data', () => (place === 0 ? socket.write('*1\r\n$9\r\nbroken') : socket.write('*1\r\n$5\r\nwhole\r\n')));
    if (place === 0) socket.on('data', () => socket.end());
  });

  expect(await aConnection(url).read(['a'], texts)).toEqual(['whole']);
});

test('reads fail while Redis is unreachable or too slow, and succeed when it is back', async () => {
  await expect(aConnection('redis://127.0.0.1:1').read(['a'], texts)).rejects.toMatchObject({ kind: 'unavailable' });
  const url = await aServer((socket, place) => {
    if (place > 0) socket.on('data', () => socket.write('*1\r\n$4\r\nback\r\n'));
  });
  const connection = aConnection(url, 1);

  await expect(connection.read(['a'], texts)).rejects.toThrow('no answer within 1 ms');
  await vi.waitFor(async () => expect(await connection.read(['a'], texts)).toEqual(['back']), { timeout: 10_000 });
});

test('a refused greeting, an error reply and a throwing callback fail only their own read', async () => {
  const url = new URL(inject('redisUrl'));
  url.pathname = '/9999';
  await expect(aConnection(url.href).read(['a'], texts)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  const connection = aConnection();
  const broken = connection.read(['a'], () => {
    throw new Error('unexpected value');
  });

  await expect(broken).rejects.toThrow('unexpected value');
  expect(await connection.read(['a'], texts)).toEqual([null]);
  connection.close();
  await expect(connection.read(['a'], texts)).rejects.toThrow('closed');
});
