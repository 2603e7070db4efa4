import { expect, test } from 'vitest';
import { createRandom } from './random.js';

const DRAWS = 50_000;

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: DRAWS }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS };
}

test('uniform numbers are in [0, 1) with mean 1/2 and variance 1/12', () => {
  const random = createRandom(1);

  const { mean, variance } = moments(() => random.uniform());

  expect(mean).toBeCloseTo(0.5, 2);
  expect(variance).toBeCloseTo(1 / 12, 2);
});

test('normal numbers have the given mean and deviation', () => {
  const random = createRandom(2);

  const { mean, variance } = moments(() => random.normal(10, 3));

  expect(Math.abs(mean - 10)).toBeLessThan(0.05);
  expect(Math.abs(variance - 9)).toBeLessThan(0.3);
});

test.each([0.3, 4, 75])('Poisson counts of mean %d have that mean and variance', (wanted) => {
  const random = createRandom(3);

  const { mean, variance } = moments(() => random.poisson(wanted));

  expect(Math.abs(mean / wanted - 1)).toBeLessThan(0.03);
  expect(Math.abs(variance / wanted - 1)).toBeLessThan(0.05);
});

test('a mean of zero or less gives no events, and integers stay below their bound', () => {
  const random = createRandom(4);

  expect([random.poisson(0), random.poisson(-1)]).toEqual([0, 0]);
  const seen = new Set(Array.from({ length: 1_000 }, () => random.below(5)));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
});

test('the first numbers of a seed never change, so that seeded demos and tests stay reproducible', () => {
  const random = createRandom(42);

  const first = [random.uniform(), random.uniform(), random.uniform()];

  expect(first).toEqual([0.15377165307290852, 0.8504893006756902, 0.018084544222801924]);
});
