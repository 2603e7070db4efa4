import { DAY_MS, defined } from '@fraudflow/core';
import {
  averagePrecision,
  type CardRow,
  cardPrecisionTopK,
  type Confusion,
  confusion,
  decisionMetrics,
  rocAuc,
} from '@fraudflow/stats';
import { checkLengths } from './check-columns.js';

/** Scored rows as columns, one entry each, in any order. */
export interface ScoredColumns {
  /** Fraud probability, 0..1. */
  readonly scores: ArrayLike<number>;
  /** 1 fraud, 0 genuine. */
  readonly labels: ArrayLike<number>;
  readonly cardIds: ArrayLike<string | number>;
  /** Event time, Unix epoch milliseconds. */
  readonly occurredAtMs: ArrayLike<number>;
  /** Fraud scenario per row if the data contain it (simulated data); 0 for none. */
  readonly scenarios?: ArrayLike<number>;
}

/** Threshold and days of an evaluation. */
export interface EvaluationOptions {
  /** A row is an alert if its score is at or above, 0..1. */
  readonly threshold: number;
  /** Start of the first day for card precision; days follow every 24 h. */
  readonly firstDayMs: number;
  /** Cards checked a day; default 100. */
  readonly topCards?: number;
}

/** Quality of a model on one set of rows. AP and AUC are NaN where they are undefined (no fraud, or nothing else). */
export interface Evaluation {
  readonly rows: number;
  readonly frauds: number;
  readonly averagePrecision: number;
  readonly aucRoc: number;
  /** Card precision top-k, mean over the days; its ceiling is far below 1 (.397 on the handbook's test week). */
  readonly cardPrecision: number;
  readonly topCards: number;
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly accuracy: number;
  readonly confusion: Confusion;
  /** Share of each scenario's frauds at or above the threshold; empty without scenarios. */
  readonly recallByScenario: Readonly<Record<string, number>>;
}

/**
 * Computes all figures of an {@link Evaluation} from the scored rows. O(n log n).
 * @returns the figures; rates are in [0, 1].
 * @throws AppError invalid_input for no rows, columns of unequal length or NaN scores.
 * Source: Fraud Detection Handbook, chapter 4 (performance metrics, card precision top-k).
 */
export function evaluateScores(columns: ScoredColumns, options: EvaluationOptions): Evaluation {
  const { scores, labels } = columns;
  checkLengths(columns);
  const topCards = options.topCards ?? 100;
  const counts = confusion(scores, labels, options.threshold);
  const { precision, recall, f1, accuracy } = decisionMetrics(counts);
  return {
    rows: scores.length,
    frauds: counts.truePositives + counts.falseNegatives,
    averagePrecision: averagePrecision(scores, labels),
    aucRoc: rocAuc(scores, labels),
    cardPrecision: cardPrecisionTopK(cardRows(columns, options.firstDayMs), topCards).mean,
    topCards,
    threshold: options.threshold,
    precision,
    recall,
    f1,
    accuracy,
    confusion: counts,
    recallByScenario: recallByScenario(columns, options.threshold),
  };
}

function* cardRows(columns: ScoredColumns, firstDayMs: number): Iterable<CardRow> {
  for (let row = 0; row < columns.scores.length; row++) {
    yield {
      day: Math.floor((defined(columns.occurredAtMs[row], 'event time') - firstDayMs) / DAY_MS),
      card: defined(columns.cardIds[row], 'card'),
      score: defined(columns.scores[row], 'score'),
      label: defined(columns.labels[row], 'label'),
    };
  }
}

function recallByScenario(columns: ScoredColumns, threshold: number): Record<string, number> {
  const found = new Map<number, { frauds: number; caught: number }>();
  for (let row = 0; row < columns.scores.length && columns.scenarios; row++) {
    if (columns.labels[row] !== 1) continue;
    const scenario = defined(columns.scenarios[row], 'scenario');
    const counts = found.get(scenario) ?? { frauds: 0, caught: 0 };
    counts.frauds++;
    if (defined(columns.scores[row], 'score') >= threshold) counts.caught++;
    found.set(scenario, counts);
  }
  return Object.fromEntries([...found].map(([scenario, { frauds, caught }]) => [scenario, caught / frauds]));
}
