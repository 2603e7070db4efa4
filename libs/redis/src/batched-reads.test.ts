import { expect, test, vi } from 'vitest';
import { readsOf } from './key-reads.js';
import { BatchedReads } from './batched-reads.js';

const aBuffer = (key: string): Buffer => Buffer.from(`value of ${key}`);
const fakeRedis = (answer: (keys: readonly string[]) => Promise<(Buffer | null)[]>) => {
  const mgetBuffer = vi.fn(answer);
  const batched = new BatchedReads(readsOf({ mgetBuffer } as unknown as Parameters<typeof readsOf>[0]));
  return { mgetBuffer, read: (keys: readonly string[]) => batched.read(keys, (values) => [...values]) };
};

test('reads of one turn share a command and each receives its own values', async () => {
  const { mgetBuffer, read } = fakeRedis(async (keys) => keys.map((key) => (key === 'gone' ? null : aBuffer(key))));

  const answers = await Promise.all([read(['a', 'gone']), read(['b']), read(['a'])]);

  expect(answers).toEqual([[aBuffer('a'), null], [aBuffer('b')], [aBuffer('a')]]);
  expect(mgetBuffer.mock.calls).toEqual([[['a', 'gone', 'b', 'a']]]);
});

test('a command has at most 2,000 keys unless a single read has more', async () => {
  const { mgetBuffer, read } = fakeRedis(async (keys) => keys.map(aBuffer));
  const many = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

  const answers = await Promise.all([1_500, 600, 3_000, 1].map((count, i) => read(many(`k${i}-`, count))));

  expect(mgetBuffer.mock.calls.map(([keys]) => keys.length)).toEqual([1_500, 600, 3_000, 1]);
  expect(answers.map((values) => values.length)).toEqual([1_500, 600, 3_000, 1]);
  expect(answers[2]?.[2_999]).toEqual(aBuffer('k2-2999'));
});

test('a failure rejects all waiting reads, and later reads succeed again', async () => {
  let isAway = true;
  const { read } = fakeRedis(async (keys) => {
    if (isAway) throw new Error('away');
    return keys.map(aBuffer);
  });

  const failed = await Promise.allSettled([read(['a']), read(['b'])]);
  isAway = false;

  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await read(['a'])).toEqual([aBuffer('a')]);
});
