// Real: Kafka, Redis, Postgres and a tiny service. Faked: nothing.
import { lstatSync, mkdtempSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defined } from '@fraudflow/core';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bundledRedisServer } from '../embedded/redis-binary.js';
import { relocatedFolder } from '../embedded/postgres-home.js';
import { defaultLibDir, layoutOf } from '../system/layout.js';
import { removeStackData } from './remove-data.js';
import type { StackHandle } from './stack-handle.js';
import type { StackOptions } from './settings/stack-options.js';
import { startStack } from './start-stack.js';

const LONG_MS = 180_000;
const tiny = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/tiny-service.mjs');

let parent: string;
let dataDir: string;
let stack: StackHandle | undefined;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'fraudflow-closed-'));
  dataDir = join(parent, 'data');
  mkdirSync(dataDir, { mode: 0o755 });
  stack = undefined;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await stack?.stop();
  removeStackData(dataDir);
});

async function start(options: Partial<StackOptions> = {}): Promise<StackHandle> {
  stack = await startStack({ dataDir, serviceScript: () => tiny, ...options });
  return stack;
}

/** All paths below the folder that other accounts may read, write or list. */
function openPaths(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const { mode } = lstatSync(path);
    const isOpen = !entry.isSymbolicLink() && (mode & 0o066) !== 0;
    return [...(isOpen ? [path] : []), ...(entry.isDirectory() ? openPaths(path) : [])];
  });
}

function environmentOf(handle: StackHandle, part: string): Record<string, string> {
  const pid = defined(handle.parts().find(({ name }) => name === part)?.process?.pid, `process of ${part}`);
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

describe('files of the stack', () => {
  test(
    'are readable only by their owner, including those of an earlier version in open folders',
    async () => {
      mkdirSync(join(dataDir, 'data', 'redis'), { recursive: true, mode: 0o755 });

      await start({ services: ['scorer'] });

      expect(openPaths(dataDir)).toEqual([]);
      expect(openPaths(layoutOf(dataDir).logs)).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'may be below a folder whose name contains commas, spaces and non-ASCII characters',
    async () => {
      dataDir = join(parent, 'josé, кафка & 日本');
      mkdirSync(dataDir);

      const { addresses } = await start();

      const admin = new Kafka({ brokers: [...addresses.kafkaBrokers], logLevel: logLevel.NOTHING }).admin();
      await admin.createTopics({ topics: [{ topic: 'named', numPartitions: 1 }], waitForLeaders: true });
      expect(await admin.listTopics()).toContain('named');
      await admin.disconnect();
      expect(readdirSync(layoutOf(dataDir).kafka)).toContain('named-0');
      removeStackData(relocatedFolder(layoutOf(dataDir)));
    },
    LONG_MS,
  );
});

describe('the embedded Redis', () => {
  // Rules for accounts differ between versions. A system server may be newer than the bundled one; both must work.
  test.each([
    { server: 'that is used here', redisServer: () => undefined },
    { server: 'of the jar', redisServer: () => bundledRedisServer(parent, defaultLibDir()) },
  ])(
    'server $server requires the password, and its account may use only the commands of the services',
    async ({ redisServer }) => {
      const { addresses } = await start({ embedded: ['redis'], redisServer: redisServer() });
      const stranger = new Redis(addresses.redisUrl.replace(/\/\/.*@/, '//'), { enableReadyCheck: false });
      const service = new Redis(addresses.redisUrl);
      try {
        await expect(stranger.get('key')).rejects.toThrow(/NOAUTH/);
        expect(
          await service.eval("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", 1, 'k', 'v'),
        ).toBe('v');
        expect(await service.info('memory')).toContain('maxmemory_policy:noeviction');
        const digest = await service.script('LOAD', 'return 1');
        expect(await service.script('EXISTS', String(digest))).toEqual([1]);
        const refused: readonly [string, ...string[]][] = [
          ['CONFIG', 'SET', 'dir', '/'],
          ['CONFIG', 'GET', 'dir'],
          ['FLUSHALL'],
          ['KEYS', '*'],
          ['DEBUG', 'SLEEP', '0'],
          ['MODULE', 'LIST'],
          ['ACL', 'LIST'],
          ['REPLICAOF', 'NO', 'ONE'],
          ['SHUTDOWN'],
          ['SCRIPT', 'FLUSH'],
          ['SCRIPT', 'KILL'],
        ];
        for (const [command, ...args] of refused) {
          await expect(service.call(command, ...args), command).rejects.toThrow(/NOPERM|not allowed/);
        }
      } finally {
        stranger.disconnect();
        service.disconnect();
      }
    },
    LONG_MS,
  );

  test('without the fixes is refused if services listen on other addresses than loopback', async () => {
    vi.stubEnv('PATH', '/nowhere');

    const starting = start({ embedded: ['redis'], env: { FRAUDFLOW_BIND_ADDRESS: '0.0.0.0' } });

    await expect(starting).rejects.toThrow(/CVE-2025-49844.*FRAUDFLOW_BIND_ADDRESS/);
  });
});

describe.runIf(process.platform === 'linux')('the environment of child processes', () => {
  test(
    'contains the variables of the allow-list, and a secret only for the services that use it',
    async () => {
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not for children');
      vi.stubEnv('FRAUDFLOW_CARD_TOKEN_KEY', 'bm90IGZvciBhbGw=');
      vi.stubEnv('FRAUDFLOW_LOG_LEVEL', 'warn');

      const running = await start({ services: ['scorer', 'registry'] });

      const all = ['kafka', 'redis', 'postgres', 'scorer', 'registry'].map((part) => environmentOf(running, part));
      expect(all.map((environment) => environment['AWS_SECRET_ACCESS_KEY'])).toEqual(Array(5).fill(undefined));
      expect(all.map((environment) => environment['FRAUDFLOW_CARD_TOKEN_KEY'])).toEqual(Array(5).fill(undefined));
      const [kafka, , , scorer, registry] = all;
      expect(kafka).not.toHaveProperty('FRAUDFLOW_LOG_LEVEL');
      expect(scorer).toMatchObject({ FRAUDFLOW_LOG_LEVEL: 'warn', FRAUDFLOW_REDIS_URL: running.addresses.redisUrl });
      expect(scorer).not.toHaveProperty('FRAUDFLOW_POSTGRES_URL');
      expect(registry).toHaveProperty('FRAUDFLOW_POSTGRES_URL');
      expect(registry).not.toHaveProperty('FRAUDFLOW_REDIS_URL');
    },
    LONG_MS,
  );
});
