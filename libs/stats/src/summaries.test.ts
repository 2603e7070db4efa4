import fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../test/vectors/metrics.json' with { type: 'json' };
import { lcg } from '../test/lcg.js';
import { nearestRank } from './nearest-rank.js';
import { quantileSorted } from './quantile-sorted.js';
import { seededRandom } from './seeded-random.js';
import { sortedFinite } from './sorted-finite.js';
import { Welford } from './welford.js';

const values = Array.from({ length: 1000 }, lcg(3));

test('quantiles equal numpy', () => {
  const sorted = sortedFinite(values);

  for (const [q = 0, expected = 0] of vectors.quantiles) expect(quantileSorted(sorted, q)).toBeCloseTo(expected, 14);
});

test('nearest rank gives an observed value and skips no rank by rounding', () => {
  const sorted = Array.from({ length: 100 }, (_, i) => i + 1);

  expect(nearestRank(sorted, 0.07)).toBe(7);
  expect(nearestRank(sorted, 0.99)).toBe(99);
  expect(nearestRank(sorted, 0)).toBe(1);
  expect(nearestRank(sorted, 1)).toBe(100);
});

test('quantiles of empty arrays and outside [0, 1] are refused', () => {
  expect(() => quantileSorted([], 0.5)).toThrow(/at least one/);
  expect(() => nearestRank([1], 1.1)).toThrow(/outside/);
});

test('merged moments equal a single pass for any split of the stream', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 })), fc.nat(), (all, cut) => {
      const at = all.length === 0 ? 0 : cut % (all.length + 1);
      const whole = summary(all);
      const left = summary(all.slice(0, at));
      left.merge(summary(all.slice(at)));

      expect(left.count).toBe(whole.count);
      if (all.length > 0) {
        expect(left.mean).toBeCloseTo(whole.mean, 9);
        expect(left.variance()).toBeCloseTo(whole.variance(), 6);
        expect([left.min, left.max]).toEqual([whole.min, whole.max]);
      }
    }),
    { seed: 3 },
  );
});

test('moments survive JSON', () => {
  const back = Welford.fromJson(JSON.parse(JSON.stringify(summary(values).toJson())));
  const empty = Welford.fromJson(JSON.parse(JSON.stringify(new Welford().toJson())));

  expect(back.variance()).toBeCloseTo(vectors.variance, 14);
  expect(empty.max).toBe(-Infinity);
});

test('moments refuse a value that is not finite', () => {
  expect(() => summary([NaN])).toThrow(/finite/);
});

test('the seeded generator is deterministic and has the moments of a standard normal distribution', () => {
  const first = seededRandom(5);
  const second = seededRandom(5);
  const normals = summary(Array.from({ length: 20_000 }, () => first.normal()));

  expect(normals.mean).toBeCloseTo(0, 1);
  expect(normals.std()).toBeCloseTo(1, 1);
  expect(second.normal()).toBe(seededRandom(5).normal());
});

function summary(items: readonly number[]): Welford {
  const welford = new Welford();
  for (const item of items) welford.add(item);
  return welford;
}
