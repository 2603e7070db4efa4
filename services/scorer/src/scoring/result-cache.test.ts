import { FixedClock } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { ResultCache } from './result-cache.js';

/** A function that returns the number of its calls. */
function aMaker(): { make: () => Promise<number> } {
  let made = 0;
  return { make: async () => ++made };
}

test('concurrent requests share one result', async () => {
  const cache = new ResultCache<number>(10, 1_000, new FixedClock(0));
  const { make } = aMaker();

  const results = await Promise.all([cache.get('a', make), cache.get('a', make)]);

  expect(results).toEqual([1, 1]);
});

test('the oldest result is evicted when the cache is full', async () => {
  const cache = new ResultCache<number>(2, 1_000, new FixedClock(0));
  const { make } = aMaker();
  for (const key of ['a', 'b', 'c']) await cache.get(key, make);

  const [kept, dropped] = [await cache.get('c', make), await cache.get('a', make)];

  expect([kept, dropped]).toEqual([3, 4]);
});

test('a cache of size 0 stores nothing', async () => {
  const cache = new ResultCache<number>(0, 1_000, new FixedClock(0));
  const { make } = aMaker();

  const results = [await cache.get('a', make), await cache.get('a', make)];

  expect(results).toEqual([1, 2]);
});

test('a result that must not be kept is shared while it is computed and then dropped', async () => {
  const cache = new ResultCache<number>(10, 1_000, new FixedClock(0), (value) => value > 2);
  const { make } = aMaker();

  const first = await Promise.all([cache.get('a', make), cache.get('a', make)]);
  const later = [await cache.get('a', make), await cache.get('a', make), await cache.get('a', make)];

  expect(first).toEqual([1, 1]);
  expect(later).toEqual([2, 3, 3]);
});
