import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyHash } from './key-hash.js';
import { SpaceSaving } from './space-saving.js';

function summaryOf(keys: Iterable<string>, capacity: number): SpaceSaving {
  const hash = new KeyHash();
  const summary = new SpaceSaving(capacity);
  for (const key of keys) summary.add(key, hash.of(key));
  return summary;
}

function countsOf(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** A shuffled stream of few frequent keys and many rare keys. */
const stream = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 4 }).map((i) => `hot${i}`),
    fc.nat(200).map((i) => `cold${i}`),
  ),
  { maxLength: 600 },
);

test('counts and errors bound the truth, and every frequent key is held', () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 40 }), (keys, capacity) => {
      const summary = summaryOf(keys, capacity);
      const truth = countsOf(keys);
      const top = summary.top(capacity);
      const held = new Set(top.map(({ key }) => key));

      expect(held.size).toBe(top.length);
      for (const { key, count, error } of top) {
        expect(count).toBeGreaterThanOrEqual(truth.get(key) ?? 0);
        expect(count - error).toBeLessThanOrEqual(truth.get(key) ?? 0);
        expect(error).toBeLessThanOrEqual(keys.length / capacity);
      }
      for (const [key, count] of truth) if (count > keys.length / capacity) expect(held).toContain(key);
      expect(top.reduce((sum, { count }) => sum + count, 0)).toBe(keys.length);
    }),
  );
});

test('with a counter for every key the counts are exact', () => {
  fc.assert(
    fc.property(stream, (keys) => {
      const top = summaryOf(keys, 300).top(300);

      expect(new Map(top.map(({ key, count }) => [key, count]))).toEqual(countsOf(keys));
      expect(top.every(({ error }) => error === 0)).toBe(true);
    }),
  );
});

test('the highest counts are first, and only the requested number is returned', () => {
  const summary = summaryOf(['a', 'b', 'b', 'c', 'c', 'c'], 8);

  expect(summary.top(2)).toEqual([
    { key: 'c', count: 3, error: 0 },
    { key: 'b', count: 2, error: 0 },
  ]);
  expect(summary.top(0)).toEqual([]);
  expect(summary.total).toBe(6);
});

test('a hot key among a hundred thousand different ones is found with its count', () => {
  const keys = Array.from({ length: 200_000 }, (_, i) => (i % 2 === 0 ? 'hot' : `once${i}`));

  expect(summaryOf(keys, 64).top(1)).toMatchObject([{ key: 'hot', count: 100_000, error: 0 }]);
});

test('a capacity of zero is refused', () => {
  expect(() => new SpaceSaving(0)).toThrow(/capacity/);
});
