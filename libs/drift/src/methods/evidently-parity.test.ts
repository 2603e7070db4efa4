import { describe, expect, test } from 'vitest';
import { ksTwoSample } from '@fraudflow/stats';
import { lcg } from '../../../stats/test/lcg.js';
import { evidentlyChiSquarePValue } from './chi-square.js';
import { hellinger, hellingerNumeric } from './hellinger.js';
import { jensenShannon } from './jensen-shannon.js';
import { kullbackLeibler } from './kullback-leibler.js';
import { psi } from './psi.js';
import { type SharePair, categoryShares, numericShares } from './shares.js';
import { wassersteinNormed } from './wasserstein.js';

const draws = (seed: number, n: number): number[] => Array.from({ length: n }, lcg(seed));
const u1 = draws(1, 2000);
const u2 = draws(2, 1500);
const num = { reference: u1.map((u) => u * u), current: u2.map((u) => (0.1 + 0.9 * u) ** 2) };
const small = { reference: num.reference.slice(0, 500), current: num.current.slice(0, 400) };
const letter = (u: number, cuts: readonly number[]): string => 'abcd'[cuts.filter((cut) => u >= cut).length] ?? '';
const cat = {
  reference: u1.map((u) => letter(u, [0.5, 0.8, 0.95])),
  current: u2.map((u) => letter(u, [0.45, 0.8, 0.96])),
};
const withNew = categoryShares(cat.reference, ['zz', 'zz', 'zz', ...cat.current.slice(3)]);
const bin = categoryShares(
  u1.map((u) => u < 0.3),
  u2.map((u) => u < 0.33),
);
const int40 = {
  reference: u1.map((u) => Math.floor(40 * u)),
  current: u2.map((u) => Math.floor(40 * (0.1 + 0.9 * u))),
};
const intShares = numericShares(int40.reference, int40.current, 'integer');
const catShares = categoryShares(cat.reference, cat.current);
const times = (shares: Float64Array, n: number): Float64Array => shares.map((share) => Math.round(share * n));
const chiSquareP = (shares: SharePair): number =>
  evidentlyChiSquarePValue(times(shares.reference, 2000), times(shares.current, 1500));

/** Tolerance of 1e-9, absolute or relative; relative for p-values far below it. */
function expectGolden(actual: number, golden: number): void {
  expect(Math.abs(actual - golden)).toBeLessThanOrEqual(1e-9 * (golden === 0 ? 1 : Math.abs(golden)));
}

test('the generator gives the published first values', () => {
  expect(num.reference.slice(0, 2)).toEqual([0.055911215431465676, 0.13636083046974537]);
  expect(num.current[0]).toBe(0.09806841518335058);
});

test('the shared bins have the published counts', () => {
  const shares = numericShares(num.reference, num.current);

  expect([...times(shares.reference, 2000)]).toEqual([550, 237, 163, 121, 131, 135, 126, 113, 100, 90, 64, 82, 88]);
  expect([...times(shares.current, 1500)]).toEqual([291, 184, 134, 109, 105, 105, 108, 86, 90, 67, 75, 84, 62]);
});

describe('numerical columns', () => {
  test.each([
    [
      'NUM',
      num,
      [0.1530949749045772, 0.07699528178423322, 0.04766041223895035, 0.02414914122087329, 0.07708995967722782],
    ],
    [
      'NUM-S',
      small,
      [0.1609686258787042, 0.07607788648138666, 0.0464559392960499, 0.023192710101119562, 0.07614061982678375],
    ],
  ])('%s: Wasserstein, JS, PSI, KL, Hellinger', (_, { reference, current }, golden) => {
    const shares = numericShares(reference, current);

    const scores = [
      wassersteinNormed(reference, current),
      jensenShannon(shares),
      psi(shares),
      kullbackLeibler(shares),
      hellingerNumeric(reference, current),
    ];

    scores.forEach((score, i) => expectGolden(score, golden[i] ?? NaN));
  });

  test('Kolmogorov-Smirnov p and D', () => {
    const large = ksTwoSample(num.reference, num.current);
    const little = ksTwoSample(small.reference, small.current);

    expectGolden(large.pValue, 9.430628982313913e-9);
    expectGolden(large.statistic, 0.1055);
    expectGolden(little.pValue, 0.023993552151185885);
    expectGolden(little.statistic, 0.099);
  });

  test('whole numbers get bins at least one wide', () => {
    expect(intShares.reference).toHaveLength(13);
    expectGolden(jensenShannon(intShares), 0.17774651611506082);
    expectGolden(psi(intShares), 0.5872948644227352);
    expectGolden(hellingerNumeric(int40.reference, int40.current, 'integer'), 0.10478517388621345);
  });
});

describe('categories', () => {
  test('CAT', () => {
    expectGolden(chiSquareP(catShares), 8.323188811489332e-9);
    expectGolden(jensenShannon(catShares), 0.05841484462821739);
    expectGolden(psi(catShares), 0.02734829658302295);
    expectGolden(kullbackLeibler(catShares), 0.01376333775229312);
    expectGolden(hellinger(catShares), 0.058441502826143216);
  });

  test('BIN', () => {
    expectGolden(chiSquareP(bin), 0.039161336196003);
    expectGolden(jensenShannon(bin), 0.01861726362919593);
    expectGolden(psi(bin), 0.0027733593020703765);
  });

  test('an unseen category is zero-filled, and the chi-square p is 0', () => {
    expect(chiSquareP(withNew)).toBe(0);
    expectGolden(jensenShannon(withNew), 0.0642449862240383);
    expectGolden(psi(withNew), 0.033216183989247236);
    expectGolden(kullbackLeibler(withNew), 0.015461175325843464);
  });

  test('a constant column has no chi-square p', () => {
    expect(evidentlyChiSquarePValue([5], [5])).toBeNaN();
  });
});

test('a column that is constant on both sides has distance 0', () => {
  const shares = numericShares([1, 1, 1], [1, 1]);

  expect([psi(shares), jensenShannon(shares), wassersteinNormed([1, 1, 1], [1, 1])]).toEqual([0, 0, 0]);
});

test('non-finite values are dropped per side, and an empty side is refused', () => {
  expect(numericShares([1, NaN, 2], [1, Infinity]).current).toEqual(Float64Array.of(1, 0));
  expect(() => numericShares([NaN], [1])).toThrow(/both sides/);
  expect(() => hellingerNumeric([], [1, 2])).toThrow(/both sides/);
});
