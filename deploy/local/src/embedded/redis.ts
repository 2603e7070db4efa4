import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type LaunchCommand, type Part, READY_TIMEOUT_MS } from '../supervise/part.js';
import { writeFileAtomically } from '../system/atomic-file.js';
import { serverEnvironment } from '../system/child-environment.js';
import type { Layout } from '../system/layout.js';
import { secretFromFile } from '../system/secret-file.js';
import { findRedisServer } from './redis-binary.js';
import { aclFile, REDIS_USER } from './redis-users.js';

interface RedisOptions {
  readonly layout: Layout;
  readonly libDir: string;
  readonly port: number;
  /** Path of a redis-server to use instead of the bundled one. */
  readonly redisServer?: string | undefined;
  /** Further accounts as lines of an access-control file, e.g. one for tests that need administrative commands. */
  readonly redisUsers?: readonly string[] | undefined;
  /** True if the services of this stack listen on loopback only. */
  readonly isLoopbackOnly: boolean;
}

/**
 * A Redis or Valkey on loopback with a password, one account of limited rights, and an append-only file synced every
 * second.
 */
export function redisPart({ layout, libDir, port, redisServer, redisUsers, isLoopbackOnly }: RedisOptions): Part {
  return {
    name: 'redis',
    kind: 'embedded',
    ports: { redis: port },
    address: `redis://127.0.0.1:${port}`,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => answersPing(port, layout),
    prepare: async (): Promise<LaunchCommand> => {
      const file = await findRedisServer({ nativeDir: layout.native, libDir, configured: redisServer, isLoopbackOnly });
      const config = join(layout.run, 'redis.conf');
      const accounts = join(layout.run, 'redis.acl');
      mkdirSync(layout.redis, { recursive: true, mode: 0o700 });
      writeFileAtomically(accounts, aclFile(secretFromFile(layout.redisPassword, 'base64url'), redisUsers));
      writeFileAtomically(config, redisConfig(port, layout.redis, accounts));
      return { file, args: [config], env: serverEnvironment(), cwd: layout.redis };
    },
  };
}

/** The connection URL with the password in it: pass it to a driver, never to a log. */
export function redisUrl(layout: Layout, port: number): string {
  return `redis://${REDIS_USER}:${encodeURIComponent(readFileSync(layout.redisPassword, 'utf8').trim())}@127.0.0.1:${port}`;
}

function redisConfig(port: number, folder: string, accounts: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${quoted(folder)}`,
    `aclfile ${quoted(accounts)}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    // A commit writes complete states, so under load the file doubles every few seconds. A rewrite forks and takes a
    // core for a while, which on a small machine delays every in-flight transaction. So it is rare and uncompressed.
    'auto-aof-rewrite-min-size 1gb',
    'rdbcompression no',
    // Redis restores from the append-only file alone; snapshots would fork and write the data again.
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** True once the data are loaded: while loading, Redis responds to PING with an error. */
function answersPing(port: number, layout: Layout): Promise<boolean> {
  const password = secretFromFile(layout.redisPassword, 'base64url');
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => socket.write(`AUTH ${REDIS_USER} ${password}\r\nPING\r\n`));
    let replies = '';
    socket.on('data', (reply) => {
      replies += reply.toString('latin1');
      const lines = replies.split('\r\n').slice(0, -1);
      if (lines.length >= 2) settle(lines[0] === '+OK' && lines[1] === '+PONG');
    });
  });
}
