import { describe, expect, test } from 'vitest';
import { lcg } from '../../../stats/test/lcg.js';
import { noOpMethod } from '../../test/no-op.method.js';
import type { ColumnSides, DriftMethod } from './drift-method.js';
import { DRIFT_METHODS, driftScores } from './drift-methods.js';

const u1 = Array.from({ length: 2000 }, lcg(1));
const u2 = Array.from({ length: 1500 }, lcg(2));
const real: ColumnSides = {
  kind: 'real',
  reference: u1.map((u) => u * u),
  current: u2.map((u) => (0.1 + 0.9 * u) ** 2),
};
const letter = (u: number, cuts: readonly number[]): string => 'abcd'[cuts.filter((cut) => u >= cut).length] ?? '';
const category: ColumnSides = {
  kind: 'category',
  reference: u1.map((u) => letter(u, [0.5, 0.8, 0.95])),
  current: u2.map((u) => letter(u, [0.45, 0.8, 0.96])),
};

function scoresByMethod(sides: ColumnSides): Readonly<Record<string, number>> {
  return Object.fromEntries(driftScores(sides).map(({ method, score }) => [method, score]));
}

function verdictOf(driftIf: DriftMethod['driftIf'], score: number): boolean | undefined {
  const [result] = driftScores(real, [{ ...noOpMethod, driftIf, score: () => score }]);
  return result?.isDrifted;
}

describe.each(DRIFT_METHODS.map((method) => [method.name, method] as const))('%s', (_name, method) => {
  test('has a name of its own and kinds to score', () => {
    expect(DRIFT_METHODS.filter(({ name }) => name === method.name)).toHaveLength(1);
    expect(method.kinds).not.toEqual([]);
  });

  test.each(method.kinds)('refuses a %s column with an empty side', (kind) => {
    const empty = { kind, reference: [], current: [] };

    expect(() => method.score(empty)).toThrow(/both sides/);
  });

  test.each(method.kinds)('finds no drift between equal %s samples', (kind) => {
    const values = kind === 'category' ? ['a', 'b', 'b'] : [1, 2, 2];
    const [result] = driftScores({ kind, reference: values, current: values } as ColumnSides, [method]);

    expect(result).toMatchObject({ method: method.name, threshold: method.defaultThreshold, isDrifted: false });
  });
});

test('a numeric column gets the golden scores of every numeric method', () => {
  expect(scoresByMethod(real)).toEqual({
    wasserstein: expect.closeTo(0.1530949749045772, 9),
    psi: expect.closeTo(0.04766041223895035, 9),
    jensenshannon: expect.closeTo(0.07699528178423322, 9),
    kl_div: expect.closeTo(0.02414914122087329, 9),
    hellinger: expect.closeTo(0.07708995967722782, 9),
    ks: expect.closeTo(9.430628982313913e-9, 16),
  });
});

test('a column of categories gets the golden scores of every method for categories', () => {
  expect(scoresByMethod(category)).toEqual({
    psi: expect.closeTo(0.02734829658302295, 9),
    jensenshannon: expect.closeTo(0.05841484462821739, 9),
    kl_div: expect.closeTo(0.01376333775229312, 9),
    hellinger: expect.closeTo(0.058441502826143216, 9),
    chisquare: expect.closeTo(8.323188811489332e-9, 16),
  });
});

test('a distance drifts at its threshold, and each p-value by its own relation', () => {
  expect([0.9, 1, 1.1].map((score) => verdictOf('>=', score))).toEqual([false, true, true]);
  expect([0.9, 1, 1.1].map((score) => verdictOf('<=', score))).toEqual([true, true, false]);
  expect([0.9, 1, 1.1].map((score) => verdictOf('<', score))).toEqual([true, false, false]);
});

test('an undefined score is no drift', () => {
  expect((['>=', '<=', '<'] as const).map((driftIf) => verdictOf(driftIf, NaN))).toEqual([false, false, false]);
});

test('a new method with one line in the list gets its score, and the other scores stay', () => {
  const scores = driftScores(category, [...DRIFT_METHODS, noOpMethod]);

  expect(scores.at(-1)).toEqual({ method: 'no_op', score: 0, threshold: 1, isDrifted: false });
  expect(scores.slice(0, -1)).toEqual(driftScores(category));
});

test('a method is left out for a kind of column that it cannot score', () => {
  const [result] = driftScores(category, [{ ...noOpMethod, kinds: ['real'] }]);

  expect(result).toBeUndefined();
});
