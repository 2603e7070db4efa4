import { describe, expect, test } from 'vitest';
import vectors from '../../test/vectors/metrics.json' with { type: 'json' };
import { lcg } from '../../test/lcg.js';
import { averagePrecision } from './average-precision.js';
import { brier } from './brier.js';
import { calibration } from './calibration.js';
import { cardPrecisionTopK } from './card-precision.js';
import { confusion, decisionMetrics } from './confusion.js';
import { aucInterval, averagePrecisionInterval, wilsonInterval } from './intervals.js';
import { logLoss } from './log-loss.js';
import { rocAuc } from './roc-auc.js';

const draws = (seed: number): number[] => Array.from({ length: 1000 }, lcg(seed));
const scores = draws(3);
const labels = draws(4).map((v, i) => (v < (scores[i] ?? 0) ** 2 ? 1 : 0));
const tied = scores.map((s) => Math.floor(s * 12) / 12);

describe('the classification preset of Evidently', () => {
  test('decision metrics at 0.5', () => {
    const metrics = decisionMetrics(confusion(scores, labels, 0.5));

    expect(labels.filter((label) => label === 1)).toHaveLength(298);
    expect(metrics.accuracy).toBeCloseTo(0.731, 12);
    expect(metrics.precision).toBeCloseTo(0.5302713987473904, 12);
    expect(metrics.recall).toBeCloseTo(0.8523489932885906, 12);
    expect(metrics.f1).toBeCloseTo(0.6537966537966537, 12);
    expect(metrics.falsePositiveRate).toBeCloseTo(0.32051282051282054, 12);
  });

  test('label 0 as the positive class', () => {
    const flipped = decisionMetrics(
      confusion(
        scores.map((s) => (s >= 0.5 ? 0 : 1)),
        labels.map((y) => 1 - y),
        0.5,
      ),
    );

    expect(flipped.f1).toBeCloseTo(0.7800490596892886, 12);
    expect(flipped.precision).toBeCloseTo(0.9155470249520153, 12);
  });

  test('area under the curve and log loss', () => {
    expect(rocAuc(scores, labels)).toBeCloseTo(0.8650930228111438, 12);
    expect(logLoss(scores, labels)).toBeCloseTo(0.5236127241308359, 12);
  });
});

test('average precision equals the published realised value', () => {
  expect(averagePrecision(scores, labels)).toBeCloseTo(0.7397822529257476, 12);
});

test('all metrics equal scikit-learn, also with tied scores', () => {
  expect(rocAuc(scores, labels)).toBeCloseTo(vectors.rocAuc, 12);
  expect(averagePrecision(scores, labels)).toBeCloseTo(vectors.averagePrecision, 12);
  expect(logLoss(scores, labels)).toBeCloseTo(vectors.logLoss, 12);
  expect(brier(scores, labels)).toBeCloseTo(vectors.brier, 12);
  expect(rocAuc(tied, labels)).toBeCloseTo(vectors.tiedRocAuc, 12);
  expect(averagePrecision(tied, labels)).toBeCloseTo(vectors.tiedAveragePrecision, 12);
});

test('metrics of a single class are absent, not zero', () => {
  expect(rocAuc([0.1, 0.2], [0, 0])).toBeNaN();
  expect(averagePrecision([0.1, 0.2], [0, 0])).toBeNaN();
});

test('scores and labels of unequal length, or a NaN score, are refused', () => {
  expect(() => rocAuc([0.1], [0, 1])).toThrow(/do not match/);
  expect(() => brier([NaN], [1])).toThrow(/NaN/);
});

describe('card precision', () => {
  const row = (day: number, card: number, score: number, label: number) => ({ day, card, score, label });

  test('always divides by k', () => {
    expect(cardPrecisionTopK([row(1, 7, 0.9, 1)], 100).mean).toBe(0.01);
  });

  test('takes the maximum score and the maximum label of a card, even from different transactions', () => {
    const rows = [row(1, 1, 0.9, 0), row(1, 1, 0.1, 1), row(1, 2, 0.8, 0)];

    expect(cardPrecisionTopK(rows, 1).perDay).toEqual([1]);
  });

  test('a detected card is dropped on later days, a missed one stays', () => {
    const rows = [row(2, 1, 0.9, 1), row(2, 2, 0.8, 1), row(1, 1, 0.9, 1), row(1, 2, 0.1, 1)];

    expect(cardPrecisionTopK(rows, 1).perDay).toEqual([1, 1]);
  });

  test('a genuine card among the top k uses one of the k places', () => {
    const rows = [row(1, 1, 0.9, 0), row(1, 2, 0.8, 1)];

    expect(cardPrecisionTopK(rows, 1).mean).toBe(0);
  });

  test('refuses a k that is not a whole number', () => {
    expect(() => cardPrecisionTopK([], 0.5)).toThrow(/whole number/);
  });
});

test('calibration finds over-confidence', () => {
  const result = calibration([0.95, 0.95, 0.15, 0.15], [1, 0, 0, 0]);

  expect(result.ece).toBeCloseTo(0.3, 12);
  expect(result.bias).toBeCloseTo(0.3, 12);
  expect(result.bins.map((bin) => bin.count)).toEqual([2, 2]);
});

test('a probability above one is refused', () => {
  expect(() => calibration([1.2], [1])).toThrow(/outside/);
});

test('intervals contain the estimate, shrink with more data and are [0, 1] without data', () => {
  const wide = wilsonInterval(8, 10);
  const narrow = wilsonInterval(800, 1000);
  const auc = aucInterval(0.87, 300, 700);
  const ap = averagePrecisionInterval(0.7, 300);

  expect(wide.lower).toBeCloseTo(0.4901625, 6);
  expect(wide.upper).toBeCloseTo(0.9433178, 6);
  expect(narrow.upper - narrow.lower).toBeLessThan(wide.upper - wide.lower);
  expect(auc.lower).toBeLessThan(0.87);
  expect(auc.upper).toBeGreaterThan(0.87);
  expect(ap.lower).toBeLessThan(0.7);
  expect(ap.upper).toBeGreaterThan(0.7);
  expect(wilsonInterval(0, 0)).toEqual({ lower: 0, upper: 1 });
});
