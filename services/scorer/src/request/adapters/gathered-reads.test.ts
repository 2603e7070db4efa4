import { expect, test } from 'vitest';
import { GatheredReads } from './gathered-reads.js';

/** A Redis that has a value for each key, its own name, except for keys with a minus. */
function aRedis() {
  const commands: string[][] = [];
  const redis = {
    failure: undefined as Error | undefined,
    mgetBuffer: async (...keys: string[]): Promise<(Buffer | null)[]> => {
      commands.push(keys);
      if (redis.failure) throw redis.failure;
      return keys.map((key) => (key.startsWith('-') ? null : Buffer.from(key)));
    },
  };
  return { redis, commands };
}

const text = (values: (Buffer | null)[]): (string | undefined)[] => values.map((value) => value?.toString());

test('reads of one turn are one command, and each gets its own values', async () => {
  const { redis, commands } = aRedis();
  const reads = new GatheredReads(redis);

  const [first, second] = await Promise.all([reads.mgetBuffer('a', '-b'), reads.mgetBuffer('c')]);

  expect(text(first)).toEqual(['a', undefined]);
  expect(text(second)).toEqual(['c']);
  expect(commands).toEqual([['a', '-b', 'c']]);
});

test('a command holds whole reads and no more keys than allowed, except for a read that has more by itself', async () => {
  const { redis, commands } = aRedis();
  const reads = new GatheredReads(redis, 3);

  await Promise.all(
    [['a', 'b'], ['c', 'd'], ['e'], ['f', 'g', 'h', 'i'], ['j']].map((keys) => reads.mgetBuffer(...keys)),
  );

  expect(commands).toEqual([['a', 'b'], ['c', 'd', 'e'], ['f', 'g', 'h', 'i'], ['j']]);
});

test('reads of a later turn are another command', async () => {
  const { redis, commands } = aRedis();
  const reads = new GatheredReads(redis);

  await reads.mgetBuffer('a');
  await reads.mgetBuffer('b');

  expect(commands).toEqual([['a'], ['b']]);
});

test('all reads of a command that fails are rejected with its reason, and the next one is sent again', async () => {
  const { redis } = aRedis();
  const reads = new GatheredReads(redis);
  redis.failure = new Error('connection lost');

  const failed = await Promise.allSettled([reads.mgetBuffer('a'), reads.mgetBuffer('b')]);
  redis.failure = undefined;

  expect(failed).toEqual([
    { status: 'rejected', reason: new Error('connection lost') },
    { status: 'rejected', reason: new Error('connection lost') },
  ]);
  expect(text(await reads.mgetBuffer('a'))).toEqual(['a']);
});
