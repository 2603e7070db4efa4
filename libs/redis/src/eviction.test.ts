import { expect, test } from 'vitest';
import { type Logger, silentLogger } from '@fraudflow/observability';
import { checkEviction } from './eviction.js';

function setUp(info: string | Error): { check(): Promise<void>; warnings: string[] } {
  const warnings: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (_line: object, text: string) => void warnings.push(text),
  } as unknown as Logger;
  const redis = {
    info: async () => {
      if (info instanceof Error) throw info;
      return info;
    },
  };
  return { check: () => checkEviction(redis, logger), warnings };
}

const memory = (maxmemory: number, policy: string): string =>
  `# Memory\r\nused_memory:1\r\nmaxmemory:${maxmemory}\r\nmaxmemory_policy:${policy}\r\n`;

test.each(['allkeys-lru', 'allkeys-random', 'volatile-ttl'])(
  'a server that evicts keys when its memory is full is rejected: %s',
  async (policy) => {
    const { check } = setUp(memory(1_000_000, policy));

    await expect(check()).rejects.toMatchObject({ code: 'REDIS_EVICTS', field: 'maxmemory-policy' });
  },
);

test('a server without eviction is accepted, with or without a memory limit', async () => {
  for (const limit of [0, 1_000_000]) {
    const { check, warnings } = setUp(memory(limit, 'noeviction'));
    await check();
    expect(warnings).toEqual([]);
  }
});

test('an eviction policy without a memory limit, or one that cannot be read, causes a warning', async () => {
  const idle = setUp(memory(0, 'allkeys-lru'));
  const denied = setUp(new Error('NOPERM this user has no permissions to run the info command'));

  await idle.check();
  await denied.check();

  expect(idle.warnings).toEqual([expect.stringContaining('noeviction')]);
  expect(denied.warnings).toEqual([expect.stringContaining('noeviction')]);
});
