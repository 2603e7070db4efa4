import { expect, test } from 'vitest';
import { ConcurrencyLimit } from './concurrency-limit.js';

test('at most the limit run concurrently, and the others follow in order', async () => {
  const limit = new ConcurrencyLimit(2, 10);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const all = [1, 2, 3].map((id) =>
    limit.run(() => {
      started.push(id);
      return new Promise<void>((resolve) => ends.push(resolve));
    }),
  );

  expect(started).toEqual([1, 2]);
  ends[0]?.();
  await all[0];

  expect(started).toEqual([1, 2, 3]);
  ends.forEach((end) => end());
  await Promise.all(all);
});

test('a failure releases its slot, and calls above the queue limit are refused', async () => {
  const limit = new ConcurrencyLimit(1, 0);
  await expect(limit.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  let end = (): void => undefined;
  const running = limit.run(() => new Promise<void>((resolve) => (end = resolve)));

  await expect(limit.run(async () => undefined)).rejects.toMatchObject({ kind: 'resource_exhausted' });

  end();
  await running;
});
