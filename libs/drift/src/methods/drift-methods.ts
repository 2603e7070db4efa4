import { chiSquareMethod } from './chi-square.js';
import type { ColumnSides, DriftMethod, DriftScore } from './drift-method.js';
import { hellingerMethod } from './hellinger.js';
import { jensenShannonMethod } from './jensen-shannon.js';
import { kolmogorovSmirnovMethod } from './kolmogorov-smirnov.js';
import { kullbackLeiblerMethod } from './kullback-leibler.js';
import { psiMethod } from './psi.js';
import { wassersteinMethod } from './wasserstein.js';

/** All drift methods. Their scores equal those of Evidently 0.7.21 within 1e-9. */
export const DRIFT_METHODS: readonly DriftMethod[] = [
  wassersteinMethod,
  psiMethod,
  jensenShannonMethod,
  kullbackLeiblerMethod,
  hellingerMethod,
  kolmogorovSmirnovMethod,
  chiSquareMethod,
];

/**
 * Scores a column with every method that supports its kind.
 *
 * These scores are for comparison with other tools. Their fixed thresholds ignore the sample sizes, so the monitor's
 * alarms use `DriftEvidence` instead.
 *
 * @param sides raw values of both sides; missing values are dropped before.
 * @param methods methods in the order of the result, by default all.
 * @returns one score per supporting method, at the method's default threshold.
 * @throws AppError invalid_input if a side has no value.
 * @example driftScores({ kind: 'category', reference: ['a', 'b'], current: ['a', 'a'] })
 * @see [1] Evidently 0.7.21, evidently.legacy.calculations.stattests.
 */
export function driftScores(sides: ColumnSides, methods: readonly DriftMethod[] = DRIFT_METHODS): DriftScore[] {
  return methods
    .filter(({ kinds }) => kinds.includes(sides.kind))
    .map((method) => {
      const score = method.score(sides);
      const threshold = method.defaultThreshold;
      return { method: method.name, score, threshold, isDrifted: isDrifted(method, score) };
    });
}

function isDrifted({ driftIf, defaultThreshold }: DriftMethod, score: number): boolean {
  if (driftIf === '>=') return score >= defaultThreshold;
  return driftIf === '<=' ? score <= defaultThreshold : score < defaultThreshold;
}
