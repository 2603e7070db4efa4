import { last } from './amounts/last.js';
import { max } from './amounts/max.js';
import { mean } from './amounts/mean.js';
import { median } from './amounts/median.js';
import { min } from './amounts/min.js';
import { std } from './amounts/std.js';
import { sum } from './amounts/sum.js';
import { ratioToMax } from './comparisons/ratio-to-max.js';
import { ratioToMean } from './comparisons/ratio-to-mean.js';
import { ratioToMedian } from './comparisons/ratio-to-median.js';
import { zScore } from './comparisons/z-score.js';
import type { Aggregate } from './contract/aggregate.js';
import { count } from './counts/count.js';
import { distinctDays } from './counts/distinct-days.js';
import { share } from './counts/share.js';
import { streak } from './counts/streak.js';
import { daysSinceFirst } from './recency/days-since-first.js';
import { daysSinceLast } from './recency/days-since-last.js';
import { lastAttribute } from './recency/last-attribute.js';

/** Every aggregate: one line each. Planner, engine, documentation and tests read this list. */
export const AGGREGATES = [
  count,
  sum,
  mean,
  std,
  min,
  max,
  median,
  last,
  distinctDays,
  share,
  ratioToMean,
  ratioToMedian,
  ratioToMax,
  zScore,
  streak,
  daysSinceLast,
  daysSinceFirst,
  lastAttribute,
] as const satisfies readonly Aggregate[];

/** Names of the aggregates. */
export type FeatureAggregate = (typeof AGGREGATES)[number]['name'];

/** The aggregate of a name; undefined if the list has none. */
export function aggregateByName(name: string, aggregates: readonly Aggregate[] = AGGREGATES): Aggregate | undefined {
  return aggregates.find((aggregate) => aggregate.name === name);
}
