import { DAY_MS } from '@fraudflow/core';
import {
  averagePrecision,
  brier,
  cardPrecisionTopK,
  confusion,
  decisionMetrics,
  logLoss,
  rocAuc,
  seededRandom,
} from '@fraudflow/stats';
import { describe, expect, test } from 'vitest';
import { metricsByMultiplicity } from '../bootstrap-by-card.js';
import { calibrationError } from '../calibration-error.js';
import type { ScoredColumns } from '../evaluate-scores.js';
import { percentileInterval, reflectedInterval } from './bootstrap-interval.js';
import { drawCards } from './card-numbers.js';

const OPTIONS = { threshold: 0.6, firstDayMs: 3 * DAY_MS, topCards: 5 };
const CARDS = 40;

interface Rows extends ScoredColumns {
  readonly scores: number[];
  readonly labels: number[];
  readonly cardIds: number[];
  readonly occurredAtMs: number[];
}

/** Rows of a week with many equal scores. */
function someRows(seed: number): Rows {
  const random = seededRandom(seed);
  const rows: Rows = { scores: [], labels: [], cardIds: [], occurredAtMs: [] };
  for (let row = 0; row < 400; row++) {
    const score = Math.round(random.uniform() * 50) / 50;
    rows.scores.push(score);
    rows.labels.push(random.uniform() < score ** 2 / 2 ? 1 : 0);
    // The first rows name the cards in ascending order, so that card number and id agree.
    rows.cardIds.push(100 * (row < CARDS ? row : Math.floor(random.uniform() * CARDS)));
    rows.occurredAtMs.push((3 + random.uniform() * 7) * DAY_MS);
  }
  return rows;
}

/** The rows of each card as often as it was drawn; each copy is a card of its own. */
function duplicated(rows: Rows, multiplicities: Int32Array): Rows {
  const copies: Rows = { scores: [], labels: [], cardIds: [], occurredAtMs: [] };
  rows.cardIds.forEach((card, row) => {
    for (let copy = 0; copy < (multiplicities[card / 100] ?? 0); copy++) {
      copies.scores.push(rows.scores[row] ?? NaN);
      copies.labels.push(rows.labels[row] ?? NaN);
      copies.cardIds.push(card + copy);
      copies.occurredAtMs.push(rows.occurredAtMs[row] ?? NaN);
    }
  });
  return copies;
}

function plainMetrics({ scores, labels, cardIds, occurredAtMs }: Rows): Readonly<Record<string, number>> {
  const { precision, recall, f1, accuracy } = decisionMetrics(confusion(scores, labels, OPTIONS.threshold));
  const cardRows = scores.map((score, row) => ({
    day: Math.floor((occurredAtMs[row] ?? NaN) / DAY_MS),
    card: cardIds[row] ?? NaN,
    score,
    label: labels[row] ?? NaN,
  }));
  return {
    averagePrecision: averagePrecision(scores, labels),
    aucRoc: rocAuc(scores, labels),
    cardPrecision: cardPrecisionTopK(cardRows, OPTIONS.topCards).mean,
    precision,
    recall,
    f1,
    accuracy,
    logLoss: logLoss(scores, labels),
    brier: brier(scores, labels),
    ece: calibrationError(scores, labels),
  };
}

function expectSame(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  expect(Object.keys(actual).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 12);
}

describe('metrics by multiplicity', () => {
  test('equal the plain metrics if each card counts once', () => {
    const rows = someRows(1);

    const metrics = metricsByMultiplicity(rows, OPTIONS)(new Int32Array(CARDS).fill(1));

    expectSame({ ...metrics }, plainMetrics(rows));
  });

  test('equal the plain metrics of the drawn cards as separate cards', () => {
    const random = seededRandom(2);
    const rows = someRows(3);
    const metricsOf = metricsByMultiplicity(rows, OPTIONS);
    const multiplicities = new Int32Array(CARDS);

    for (let resample = 0; resample < 50; resample++) {
      drawCards(random, multiplicities);

      expectSame({ ...metricsOf(multiplicities) }, plainMetrics(duplicated(rows, multiplicities)));
    }
  });

  test('a card drawn twice takes two places of card precision, and a copy without a place stays undetected', () => {
    const rows = {
      scores: [0.9, 0.8, 0.9],
      labels: [1, 1, 1],
      cardIds: ['a', 'b', 'a'],
      occurredAtMs: [0, 0, DAY_MS],
    };
    const metricsOf = metricsByMultiplicity(rows, { threshold: 0.5, firstDayMs: 0, topCards: 1 });

    // Day 1: one of two copies of a. Day 2: the other one.
    expect(metricsOf(Int32Array.of(2, 1)).cardPrecision).toBe(1);
    // Day 1: b. Day 2 has no drawn card and does not count.
    expect(metricsOf(Int32Array.of(0, 2)).cardPrecision).toBe(1);
    // Day 1: a. Day 2: nobody is left.
    expect(metricsOf(Int32Array.of(1, 1)).cardPrecision).toBe(0.5);
  });

  test('a draw has as many cards as there are', () => {
    const multiplicities = new Int32Array(1000);

    drawCards(seededRandom(4), multiplicities);

    expect(multiplicities.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(multiplicities.filter((count) => count === 0).length / 1000).toBeCloseTo(Math.exp(-1), 1);
  });
});

describe('bootstrap intervals', () => {
  const values = Float64Array.from({ length: 199 }, (_, at) => (at + 1) / 200);

  test('the ends of a percentile interval are the order statistics (n + 1)·q', () => {
    const { lower, upper } = percentileInterval(values, 0.95);

    expect([lower, upper]).toEqual([expect.closeTo(0.025, 12), expect.closeTo(0.975, 12)]);
  });

  test('undefined values are left out; with none left the ends are NaN', () => {
    expect(percentileInterval(Float64Array.of(NaN, 0.5, NaN), 0.95)).toEqual({ lower: 0.5, upper: 0.5 });
    expect(percentileInterval(Float64Array.of(NaN), 0.95)).toEqual({ lower: NaN, upper: NaN });
  });

  test('a reflected interval has the ends at the other side of the value, as far away in logits', () => {
    const { lower, upper } = reflectedInterval(
      0.5,
      values.filter((value) => value > 0.4),
      0.95,
    );
    const percentile = percentileInterval(
      values.filter((value) => value > 0.4),
      0.95,
    );

    expect(lower).toBeCloseTo(1 - percentile.upper, 12);
    expect(upper).toBeCloseTo(1 - percentile.lower, 12);
  });

  test('a value of 1 has the percentile interval', () => {
    expect(reflectedInterval(1, values, 0.95)).toEqual(percentileInterval(values, 0.95));
  });
});
