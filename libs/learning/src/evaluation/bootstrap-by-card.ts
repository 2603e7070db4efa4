import { invalidInput } from '@fraudflow/core';
import { seededRandom } from '@fraudflow/stats';
import { checkLengths, checkProbabilities } from './check-columns.js';
import type { EvaluationOptions, ScoredColumns } from './evaluate-scores.js';
import { percentileInterval, reflectedInterval } from './resampling/bootstrap-interval.js';
import { CardDays } from './resampling/card-days.js';
import { cardNumbers, drawCards } from './resampling/card-numbers.js';
import { CardSums, type SummedMetrics } from './resampling/card-sums.js';
import { RankedRows, type RankingMetrics } from './resampling/ranked-rows.js';

/** Values of metrics with the two ends of their intervals; NaN where a metric is undefined (no fraud). */
export interface MetricIntervals {
  readonly [metric: string]: { readonly value: number; readonly lower: number; readonly upper: number };
}

/** Number of random resamples and the seed that determines them. */
export interface ResamplingOptions {
  /** At least 40, so that the ends of a 95 % interval are inside the resampled values; 200 is usual. */
  readonly resamples: number;
  /** Unsigned 32-bit integer. */
  readonly seed: number;
}

type Metrics = RankingMetrics & SummedMetrics & { readonly cardPrecision: number };

const LEVEL = 0.95;
/** Metrics whose resampled values are biased (calibration error) or skewed (AP and AUC near 1) with few frauds. */
const REFLECTED: ReadonlySet<keyof Metrics> = new Set(['averagePrecision', 'aucRoc', 'ece']);
const FEWEST_RESAMPLES = 40;

/**
 * Metrics with 95 % intervals of a bootstrap that resamples cards with replacement: a card's rows depend on each other,
 * so resampling rows would give intervals that are too narrow. The metrics are averagePrecision, aucRoc, cardPrecision,
 * precision, recall, f1, accuracy, logLoss, brier and ece. Intervals are percentile intervals; those of
 * averagePrecision, aucRoc and ece are reflected at the value on the logit scale. Sorts once; a resample is O(rows).
 * @returns value and interval of each metric; resamples in which a metric is undefined are left out of its interval.
 * @throws AppError invalid_input for no rows, columns of unequal length, scores outside [0, 1], or fewer than 40
 * resamples.
 * Source: A. Davison, D. Hinkley, Bootstrap methods and their application, 1997, section 3.8 (resampling of clusters).
 */
export function bootstrapByCard(
  columns: ScoredColumns,
  options: EvaluationOptions & ResamplingOptions,
): MetricIntervals {
  checkLengths(columns);
  checkProbabilities(columns.scores);
  checkResamples(options.resamples);
  const cards = cardNumbers(columns.cardIds);
  const metricsOf = metricsByMultiplicity(columns, options);
  const values = metricsOf(new Int32Array(cards.count).fill(1));
  const names = Object.keys(values) as (keyof Metrics)[];
  const resampled = new Map(names.map((name) => [name, new Float64Array(options.resamples)] as const));
  const random = seededRandom(options.seed);
  const multiplicities = new Int32Array(cards.count);
  for (let resample = 0; resample < options.resamples; resample++) {
    drawCards(random, multiplicities);
    const drawn = metricsOf(multiplicities);
    for (const [name, column] of resampled) column[resample] = drawn[name];
  }
  return Object.fromEntries([...resampled].map(([name, column]) => [name, withInterval(name, values[name], column)]));
}

/** The interval contains the value, also where the metric is biased in resamples. */
function withInterval(name: keyof Metrics, value: number, resampled: Float64Array): MetricIntervals[string] {
  const { lower, upper } = REFLECTED.has(name)
    ? reflectedInterval(value, resampled, LEVEL)
    : percentileInterval(resampled, LEVEL);
  return { value, lower: Math.min(lower, value), upper: Math.max(upper, value) };
}

/**
 * All metrics of the rows as a function of how often each card counts; cards are numbered in the order of their first
 * row.
 */
export function metricsByMultiplicity(
  columns: ScoredColumns,
  { threshold, firstDayMs, topCards = 100 }: EvaluationOptions,
): (multiplicities: Int32Array) => Metrics {
  const { scores, labels, occurredAtMs } = columns;
  const cards = cardNumbers(columns.cardIds);
  const ranked = new RankedRows(scores, labels, cards);
  const days = new CardDays({ scores, labels, occurredAtMs, firstDayMs }, topCards, cards);
  const sums = new CardSums(scores, labels, threshold, cards);
  return (multiplicities) => {
    const { averagePrecision, aucRoc, ece } = ranked.metrics(multiplicities);
    const cardPrecision = days.cardPrecision(multiplicities);
    return { averagePrecision, aucRoc, cardPrecision, ...sums.metrics(multiplicities), ece };
  };
}

/** @throws AppError invalid_input for a number of resamples that gives no interval. */
export function checkResamples(resamples: number): void {
  if (Number.isInteger(resamples) && resamples >= FEWEST_RESAMPLES) return;
  throw invalidInput(`resamples must be a whole number of at least ${FEWEST_RESAMPLES}, not ${resamples}`, {
    field: 'resamples',
  });
}
