import { invalidInput } from '@fraudflow/core';
import type { FeatureAggregate, FeatureFormula } from '../catalog/definitions.js';

type WindowFormula = Extract<FeatureFormula, { kind: 'window' }>;

/** Operations of features as small integers, because the hot loop switches over them. */
export const Op = {
  count: 0,
  sum: 1,
  mean: 2,
  std: 3,
  min: 4,
  max: 5,
  median: 6,
  last: 7,
  distinctDays: 8,
  ratioToMean: 9,
  ratioToMedian: 10,
  ratioToMax: 11,
  zScore: 12,
  daysSinceLast: 13,
  daysSinceFirst: 14,
  countAbove: 15,
  shareAbove: 16,
  fraudCount: 17,
  fraudShare: 18,
  genuineCount: 19,
  genuineShare: 20,
  fraudStreak: 21,
  genuineStreak: 22,
  fraudDaysSinceLast: 23,
  fraudDaysSinceFirst: 24,
  fraudLastAttribute: 25,
} as const;

export type Op = (typeof Op)[keyof typeof Op];

type OpTable = Readonly<Partial<Record<FeatureAggregate, Op>>>;

const PLAIN: OpTable = {
  count: Op.count,
  sum: Op.sum,
  mean: Op.mean,
  std: Op.std,
  min: Op.min,
  max: Op.max,
  median: Op.median,
  last: Op.last,
  distinct_days: Op.distinctDays,
  ratio_to_mean: Op.ratioToMean,
  ratio_to_median: Op.ratioToMedian,
  ratio_to_max: Op.ratioToMax,
  z_score: Op.zScore,
  days_since_last: Op.daysSinceLast,
  days_since_first: Op.daysSinceFirst,
};

const FILTERED: Readonly<Record<NonNullable<WindowFormula['filter']>['kind'], OpTable>> = {
  above_median: { count: Op.countAbove, share: Op.shareAbove },
  known_fraud: {
    count: Op.fraudCount,
    share: Op.fraudShare,
    streak: Op.fraudStreak,
    days_since_last: Op.fraudDaysSinceLast,
    days_since_first: Op.fraudDaysSinceFirst,
    last_attribute: Op.fraudLastAttribute,
  },
  known_genuine: { count: Op.genuineCount, share: Op.genuineShare, streak: Op.genuineStreak },
};

/** @throws AppError invalid_input `FORMULA_UNSUPPORTED` for combinations that have no meaning or are not implemented */
export function opOf(name: string, { aggregate, filter, window, entity }: WindowFormula): Op {
  const op = (filter === undefined ? PLAIN : FILTERED[filter.kind])[aggregate];
  const looksAtLabels = filter?.kind === 'known_fraud' || filter?.kind === 'known_genuine';
  if (op === undefined) throw unsupported(name, `${aggregate} of ${filter?.kind ?? 'all'} rows is not computed`);
  if (looksAtLabels && entity !== 'terminal_id') throw unsupported(name, 'labels are kept by terminal');
  if (looksAtLabels && window.delayMs === 0) throw unsupported(name, 'labels are known only behind the label delay');
  if (filter?.kind === 'above_median' && window.delayMs > 0)
    throw unsupported(name, 'the median is that of now, so the window must reach up to now');
  return op;
}

function unsupported(name: string, why: string): Error {
  return invalidInput(`feature "${name}" cannot be computed: ${why}`, { code: 'FORMULA_UNSUPPORTED', field: name });
}
