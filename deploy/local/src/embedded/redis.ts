import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { processEnvironment } from '@fraudflow/config';
import type { LaunchCommand, Part } from '../supervise/part.js';
import { writeFileAtomically } from '../system/atomic-file.js';
import type { Layout } from '../system/layout.js';
import { findRedisServer } from './redis-binary.js';

interface RedisOptions {
  readonly layout: Layout;
  readonly libDir: string;
  readonly port: number;
  /** Path of a redis-server to use instead of the bundled one. */
  readonly redisServer?: string | undefined;
}

/** A Redis on loopback with an append-only file, synced every second. */
export function redisPart({ layout, libDir, port, redisServer }: RedisOptions): Part {
  return {
    name: 'redis',
    kind: 'embedded',
    ports: { redis: port },
    address: `redis://127.0.0.1:${port}`,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    readyTimeoutMs: 60_000,
    isReady: () => answersPing(port),
    prepare: async (): Promise<LaunchCommand> => {
      const file = await findRedisServer(layout.native, libDir, redisServer);
      const config = join(layout.run, 'redis.conf');
      mkdirSync(layout.redis, { recursive: true });
      writeFileAtomically(config, redisConfig(port, layout.redis));
      return { file, args: [config], env: processEnvironment(), cwd: layout.redis };
    },
  };
}

function redisConfig(port: number, folder: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir "${folder.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    // A commit writes whole states, so under load the file doubles every few seconds. Writing it anew forks and takes a core for a while, which on
    // a small machine every transaction on its way feels: seldom, then, and without compressing.
    'auto-aof-rewrite-min-size 1gb',
    'rdbcompression no',
    // The append-only file is the one truth; snapshots beside it would only fork and write twice.
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

/** True once the data are loaded: while loading, Redis answers PING with an error. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => settle(reply.toString('latin1').startsWith('+PONG')));
  });
}
