import { describe, expect, test } from 'vitest';
import vectors from '../../test/vectors/special.json' with { type: 'json' };
import { kolmogorovSf } from '../ks/kolmogorov-sf.js';
import { binomialAtLeast } from './binomial-sf.js';
import { chiSquareCdf, chiSquareQuantile, chiSquareSf } from './chi-square.js';
import { logGamma } from './log-gamma.js';
import { noncentralChiSquareSf } from './noncentral-chi-square.js';

const relativeError = (actual: number, expected: number): number =>
  expected === 0 ? Math.abs(actual) : Math.abs(actual - expected) / Math.abs(expected);

function worst(rows: readonly number[][], compute: (...args: number[]) => number): number {
  return Math.max(...rows.map((row) => relativeError(compute(...row.slice(0, -1)), row.at(-1) ?? NaN)));
}

describe('against scipy', () => {
  test('log gamma', () => expect(worst(vectors.logGamma, logGamma)).toBeLessThan(1e-13));

  test('chi-square tail, including extreme values', () =>
    expect(worst(vectors.chiSquareSf, chiSquareSf)).toBeLessThan(1e-11));

  test('chi-square quantile', () => expect(worst(vectors.chiSquareQuantile, chiSquareQuantile)).toBeLessThan(1e-9));

  test('non-central chi-square tail', () => {
    expect(worst(vectors.noncentralChiSquareSf, noncentralChiSquareSf)).toBeLessThan(1e-9);
  });

  test('binomial tail', () => expect(worst(vectors.binomialAtLeast, binomialAtLeast)).toBeLessThan(1e-10));

  test('finite Kolmogorov law within 1e-8', () => {
    const errors = vectors.kolmogorovSf.map(([n = 0, d = 0, p = 0]) => Math.abs(kolmogorovSf(n, d) - p));

    expect(Math.max(...errors)).toBeLessThan(1e-8);
  });
});

test('quantile and distribution function invert each other', () => {
  expect(chiSquareCdf(chiSquareQuantile(0.37, 7), 7)).toBeCloseTo(0.37, 12);
});

test('a non-central chi-square with huge non-centrality gives probabilities around its mean', () => {
  expect(noncentralChiSquareSf(5009, 9, 5000)).toBeGreaterThan(0.45);
  expect(noncentralChiSquareSf(5009, 9, 5000)).toBeLessThan(0.55);
});

test('arguments outside the domain are refused', () => {
  expect(() => chiSquareSf(1, 0)).toThrow(/undefined/);
  expect(() => chiSquareQuantile(1.5, 3)).toThrow(/quantile/);
  expect(() => noncentralChiSquareSf(1, 3, -1)).toThrow(/non-centrality/);
  expect(() => binomialAtLeast(1.5, 3, 0.5)).toThrow(/binomial/);
  expect(() => kolmogorovSf(0, 0.5)).toThrow(/Kolmogorov/);
});
