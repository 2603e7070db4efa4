import { expect, test } from 'vitest';
import { AllValues, percentiles, RecentValues } from './percentiles.js';

test('percentiles are values that occurred, in any order of input', () => {
  expect(percentiles(Array.from({ length: 100 }, (_, n) => 100 - n))).toEqual({ p50: 50, p99: 99 });
  expect(percentiles([7])).toEqual({ p50: 7, p99: 7 });
});

test('without measurements the result is NaN', () => {
  expect(percentiles([])).toEqual({ p50: Number.NaN, p99: Number.NaN });
  expect(new RecentValues(3).percentiles().p50).toBeNaN();
});

test('recent values drop the oldest', () => {
  const recent = new RecentValues(3);

  [1_000, 1, 2, 3].forEach((value) => recent.add(value));

  expect(recent.percentiles()).toEqual({ p50: 2, p99: 3 });
});

test('all values are kept over chunks', () => {
  const all = new AllValues();

  all.addAll(Float64Array.of(5, 1));
  all.addAll(Float64Array.of());
  all.addAll(Float64Array.of(3));

  expect(all.size).toBe(3);
  expect(all.percentiles()).toEqual({ p50: 3, p99: 5 });
});
