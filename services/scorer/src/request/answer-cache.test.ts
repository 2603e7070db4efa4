import { FixedClock } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { AnswerCache } from './answer-cache.js';

/** A maker that counts how often it is asked. */
function aMaker(): { make: () => Promise<number> } {
  let made = 0;
  return { make: async () => ++made };
}

test('requests made at once share one answer', async () => {
  const cache = new AnswerCache<number>(10, 1_000, new FixedClock(0));
  const { make } = aMaker();

  const answers = await Promise.all([cache.get('a', make), cache.get('a', make)]);

  expect(answers).toEqual([1, 1]);
});

test('the oldest answer goes when the cache is full', async () => {
  const cache = new AnswerCache<number>(2, 1_000, new FixedClock(0));
  const { make } = aMaker();
  for (const key of ['a', 'b', 'c']) await cache.get(key, make);

  const [kept, dropped] = [await cache.get('c', make), await cache.get('a', make)];

  expect([kept, dropped]).toEqual([3, 4]);
});

test('a cache of size 0 remembers nothing', async () => {
  const cache = new AnswerCache<number>(0, 1_000, new FixedClock(0));
  const { make } = aMaker();

  const answers = [await cache.get('a', make), await cache.get('a', make)];

  expect(answers).toEqual([1, 2]);
});

test('an answer that does not last is shared while it is made, and then forgotten', async () => {
  const cache = new AnswerCache<number>(10, 1_000, new FixedClock(0), (value) => value > 2);
  const { make } = aMaker();

  const first = await Promise.all([cache.get('a', make), cache.get('a', make)]);
  const later = [await cache.get('a', make), await cache.get('a', make), await cache.get('a', make)];

  expect(first).toEqual([1, 1]);
  expect(later).toEqual([2, 3, 3]);
});
