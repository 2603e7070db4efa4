import { invalidInput } from '@fraudflow/core';
import { seededRandom } from '@fraudflow/stats';
import { checkResamples, type ResamplingOptions } from './bootstrap-by-card.js';
import { checkBothClasses, checkLengths } from './check-columns.js';
import type { ScoredColumns } from './evaluate-scores.js';
import { percentileInterval } from './resampling/bootstrap-interval.js';
import { CardDays } from './resampling/card-days.js';
import { type CardNumbers, cardNumbers, drawCards } from './resampling/card-numbers.js';
import { RankedRows } from './resampling/ranked-rows.js';

/** Metric and resampling of a comparison of two models. */
export interface ComparisonOptions extends ResamplingOptions {
  readonly metric: 'averagePrecision' | 'cardPrecision' | 'aucRoc';
  /** Start of the first day for card precision; days follow every 24 h. */
  readonly firstDayMs: number;
  /** Cards checked a day; default 100. */
  readonly topCards?: number;
}

/** Difference of a metric between two models on the same rows. */
export interface PairedComparison {
  /** Challenger − champion; above 0 the challenger is better. */
  readonly difference: number;
  /** Ends of the 99 % interval of the difference. */
  readonly lower: number;
  readonly upper: number;
  /** `better` only if lower > 0, `worse` only if upper < 0. */
  readonly verdict: 'better' | 'no_better' | 'worse';
}

/**
 * Level of the interval. At 95 % one in twenty pairs of equally good models would get a verdict; at 99 % it is one in a
 * hundred, and below 3 % even with few frauds, where percentile intervals are too narrow.
 */
const LEVEL = 0.99;

/**
 * Compares two models on the same rows by a paired bootstrap: both are measured on the same resampled cards, so the
 * variation that they share cancels out. Sorts once per model; a resample is O(rows).
 * @param challenger scores of the new model, one per row. @param champion scores of the active model, one per row.
 * @returns the difference with its 99 % percentile interval, and the verdict.
 * @throws AppError invalid_input for no rows, columns of unequal length, NaN scores, one class, or fewer than 40
 * resamples.
 * Source: A. Davison, D. Hinkley, Bootstrap methods and their application, 1997, section 3.8 (resampling of clusters).
 */
export function pairedComparison(
  columns: Omit<ScoredColumns, 'scores'>,
  challenger: ArrayLike<number>,
  champion: ArrayLike<number>,
  options: ComparisonOptions,
): PairedComparison {
  checkResamples(options.resamples);
  for (const [name, scores] of Object.entries({ challenger, champion })) checkScores(name, columns, scores);
  checkBothClasses(columns.labels, 'a comparison');
  const cards = cardNumbers(columns.cardIds);
  const challengerMetric = metricOf({ ...columns, scores: challenger }, options, cards);
  const championMetric = metricOf({ ...columns, scores: champion }, options, cards);
  const differenceOf = (drawn: Int32Array): number => challengerMetric(drawn) - championMetric(drawn);
  const random = seededRandom(options.seed);
  const multiplicities = new Int32Array(cards.count);
  const resampled = Float64Array.from({ length: options.resamples }, () => {
    drawCards(random, multiplicities);
    return differenceOf(multiplicities);
  });
  const difference = differenceOf(multiplicities.fill(1));
  const { lower, upper } = percentileInterval(resampled, LEVEL);
  return { difference, lower, upper, verdict: verdictOf(lower, upper) };
}

function metricOf(
  { scores, labels, occurredAtMs }: ScoredColumns,
  { metric, firstDayMs, topCards = 100 }: ComparisonOptions,
  cards: CardNumbers,
): (multiplicities: Int32Array) => number {
  if (metric === 'cardPrecision') {
    const days = new CardDays({ scores, labels, occurredAtMs, firstDayMs }, topCards, cards);
    return (multiplicities) => days.cardPrecision(multiplicities);
  }
  const ranked = new RankedRows(scores, labels, cards);
  return (multiplicities) => ranked.metrics(multiplicities)[metric];
}

function verdictOf(lower: number, upper: number): PairedComparison['verdict'] {
  if (lower > 0) return 'better';
  return upper < 0 ? 'worse' : 'no_better';
}

function checkScores(name: string, columns: Omit<ScoredColumns, 'scores'>, scores: ArrayLike<number>): void {
  checkLengths({ ...columns, scores });
  for (let row = 0; row < scores.length; row++) {
    if (Number.isNaN(scores[row])) throw invalidInput(`score ${row} of the ${name} is NaN`, { field: name });
  }
}
