import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import vectors from '../../test/vectors/ks.json' with { type: 'json' };
import { lcg } from '../../test/lcg.js';
import { ksExactPValue } from './ks-exact-p-value.js';
import { ksTwoSample } from './ks-two-sample.js';

function draws(seed: number, n: number): number[] {
  const next = lcg(seed);
  return Array.from({ length: n }, next);
}

function sample(kind: string, seed: number, n: number): number[] {
  const values = kind === 'same' || seed === 11 ? draws(seed, n) : draws(seed, n).map((u) => 0.1 + 0.9 * u);
  return kind === 'coarse' ? values.map((u) => Math.floor(u * 8)) : values;
}

describe('as scipy.stats.ks_2samp', () => {
  const cases = vectors.ksTwoSample as [number, number, string, number, number][];

  test.each(cases)('%i against %i, %s', (n1, n2, kind, statistic, pValue) => {
    const result = ksTwoSample(sample(kind, 11, n1), sample(kind, 12, n2));

    expect(result.statistic).toBeCloseTo(statistic, 12);
    // Small p-values must agree relatively, not only absolutely.
    expect(Math.abs(result.pValue / pValue - 1)).toBeLessThan(result.method === 'exact' ? 1e-9 : 1e-6);
  });
});

test('tiny p-values do not underflow and keep their magnitude', () => {
  const equal = ksExactPValue(2000, 2000, 800);
  const nearlyEqual = ksExactPValue(2000, 1999, 800 * 1999);

  expect(nearlyEqual).toBeGreaterThan(0);
  expect(Math.abs(Math.log(nearlyEqual / equal))).toBeLessThan(1);
});

test('a p-value below the smallest double is 0', () => {
  expect(ksExactPValue(2000, 1999, 0.9 * 2000 * 1999)).toBe(0);
});

test('the exact p-value is the share of lattice paths, by enumeration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.nat(40), (n1, n2, gap) => {
      const g = gcd(n1, n2);
      const h = 1 + (gap % ((n1 * n2) / g));

      expect(ksExactPValue(n1, n2, h)).toBeCloseTo(bruteForce(n1, n2, g, h), 12);
    }),
    { seed: 1 },
  );
});

test('swapping the samples changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }),
      (a, b) => {
        const forth = ksTwoSample(a, b);
        const back = ksTwoSample(b, a);

        expect(back.statistic).toBe(forth.statistic);
        expect(back.pValue).toBeCloseTo(forth.pValue, 12);
      },
    ),
    { seed: 2 },
  );
});

test('equal samples give D = 0 and p = 1', () => {
  expect(ksTwoSample([1, 2, 2], [2, 1, 2])).toEqual({ statistic: 0, pValue: 1, method: 'exact' });
});

test('empty or missing values are refused', () => {
  expect(() => ksTwoSample([], [1])).toThrow(/both sides/);
  expect(() => ksTwoSample([1, NaN], [1])).toThrow(/NaN/);
});

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Share of all lattice paths that touch the bound, by enumeration. */
function bruteForce(n1: number, n2: number, g: number, h: number): number {
  let touching = 0;
  let all = 0;
  const walk = (x: number, y: number, isTouched: boolean): void => {
    const touched = isTouched || Math.abs((x * n2) / g - (y * n1) / g) >= h;
    if (x === n1 && y === n2) {
      all += 1;
      touching += touched ? 1 : 0;
      return;
    }
    if (x < n1) walk(x + 1, y, touched);
    if (y < n2) walk(x, y + 1, touched);
  };
  walk(0, 0, false);
  return touching / all;
}
