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
  'a server that drops keys when it is full is refused: %s',
  async (policy) => {
    const { check } = setUp(memory(1_000_000, policy));

    await expect(check()).rejects.toMatchObject({ code: 'REDIS_EVICTS', field: 'maxmemory-policy' });
  },
);

test('a server that keeps all is taken, with or without a limit', async () => {
  for (const limit of [0, 1_000_000]) {
    const { check, warnings } = setUp(memory(limit, 'noeviction'));
    await check();
    expect(warnings).toEqual([]);
  }
});

test('a policy that drops keys but has no limit to act on, or that cannot be read, is warned of', async () => {
  const idle = setUp(memory(0, 'allkeys-lru'));
  const denied = setUp(new Error('NOPERM this user has no permissions to run the info command'));

  await idle.check();
  await denied.check();

  expect(idle.warnings).toEqual([expect.stringContaining('noeviction')]);
  expect(denied.warnings).toEqual([expect.stringContaining('noeviction')]);
});
