import { chiSquareSf } from '@fraudflow/stats';
import type { DriftMethod } from './drift-method.js';
import { categoryCounts } from './shares.js';

/**
 * Evidently's chi-square p-value: the current counts against reference shares taken as exact, df = K − 1.
 *
 * A category unseen in the reference gives 0; a single category gives NaN, as in Evidently. It over-rejects (27.8 % at
 * a nominal 5 % with equal sizes): for display and parity only. O(K).
 *
 * @param reference counts per category, K values ≥ 0. @param current counts of the same categories.
 * @returns the p-value in [0, 1], or NaN for fewer than two categories.
 * @see [1] Evidently 0.7.21 `chisquare`; scipy.stats.chisquare.
 */
export function evidentlyChiSquarePValue(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  if (reference.length < 2) return NaN;
  const total = (counts: ArrayLike<number>): number => Array.from(counts).reduce((sum, count) => sum + count, 0);
  const scale = total(current) / total(reference);
  let statistic = 0;
  for (let i = 0; i < reference.length; i++) {
    const expected = (reference[i] as number) * scale;
    if (expected === 0) return 0;
    statistic += ((current[i] as number) - expected) ** 2 / expected;
  }
  return chiSquareSf(statistic, reference.length - 1);
}

/** p-value of Evidently's chi-square test of categories. */
export const chiSquareMethod: DriftMethod = {
  name: 'chisquare',
  kinds: ['category'],
  defaultThreshold: 0.05,
  driftIf: '<',
  score: (sides) => {
    if (sides.kind !== 'category') return NaN;
    const { reference, current } = categoryCounts(sides.reference, sides.current);
    return evidentlyChiSquarePValue(reference, current);
  },
};
