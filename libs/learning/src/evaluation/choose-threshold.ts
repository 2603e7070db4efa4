import { defined, invalidInput } from '@fraudflow/core';

/** How the decision threshold is chosen on validation rows (never on the rows that are reported). */
export type ThresholdRule =
  | { readonly kind: 'max_f1' }
  /** At most this many alerts a day on average over `days`. */
  | { readonly kind: 'alert_budget'; readonly alertsPerDay: number; readonly days: number };

/**
 * The threshold (alert if score >= threshold) that a rule selects, half-way to the next lower score so that rounding
 * cannot flip the rows it was chosen on. Equal scores stay together. Ties of F1 go to fewer alerts. O(n log n).
 *
 * @param scores probabilities, 0..1. @param labels 1 fraud, 0 genuine, as many.
 * @returns the threshold in the unit of the scores; above every score if no alert fits the budget.
 * @throws AppError invalid_input for no rows, unequal lengths, NaN scores, a bad budget, or max_f1 without a fraud.
 * @example chooseThreshold([0.9, 0.5, 0.1], [1, 0, 0], { kind: 'max_f1' }) // 0.7
 */
export function chooseThreshold(scores: ArrayLike<number>, labels: ArrayLike<number>, rule: ThresholdRule): number {
  const cuts = candidateCuts(scores, labels);
  return rule.kind === 'max_f1' ? bestF1(cuts) : withinBudget(cuts, rule.alertsPerDay * rule.days);
}

/** Cutting below one distinct score: everything seen so far is an alert. */
interface Cut {
  readonly threshold: number;
  readonly alerts: number;
  readonly hits: number;
}

function candidateCuts(scores: ArrayLike<number>, labels: ArrayLike<number>): Cut[] {
  if (scores.length === 0 || scores.length !== labels.length) {
    throw invalidInput(`a threshold needs rows: ${scores.length} scores, ${labels.length} labels`);
  }
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
  order.sort((a, b) => score(scores, b) - score(scores, a));
  const cuts: Cut[] = [];
  let hits = 0;
  order.forEach((row, rank) => {
    if (Number.isNaN(score(scores, row))) throw invalidInput(`score ${row} is NaN`);
    if (labels[row] === 1) hits++;
    const next = order[rank + 1];
    const lower = next === undefined ? 0 : score(scores, next);
    if (next !== undefined && lower === score(scores, row)) return;
    cuts.push({ threshold: (score(scores, row) + lower) / 2, alerts: rank + 1, hits });
  });
  return cuts;
}

function bestF1(cuts: readonly Cut[]): number {
  const frauds = cuts.at(-1)?.hits ?? 0;
  if (frauds === 0) throw invalidInput('the best F1 is undefined: no fraud among the rows');
  const f1 = (cut: Cut): number => (2 * cut.hits) / (cut.alerts + frauds);
  return cuts.reduce((best, cut) => (f1(cut) > f1(best) ? cut : best)).threshold;
}

function withinBudget(cuts: readonly Cut[], budget: number): number {
  if (!(budget > 0)) throw invalidInput(`the alert budget must be positive, not ${budget}`);
  const affordable = cuts.findLast((cut) => cut.alerts <= budget);
  // More rows than the budget share the top score, so only a threshold above every score is within the budget.
  return affordable?.threshold ?? defined(cuts[0], 'cut').threshold + 1;
}

function score(scores: ArrayLike<number>, row: number): number {
  return scores[row] ?? NaN;
}
