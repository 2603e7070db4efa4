import { defined } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { simulatedModels } from '../../test/simulated-scores.js';
import { bootstrapByCard } from './bootstrap-by-card.js';
import { calibrationError } from './calibration-error.js';
import { evaluateScores, type ScoredColumns } from './evaluate-scores.js';
import { pairedComparison } from './paired-comparison.js';

const SETS = 500;
const OPTIONS = { threshold: 0.75, firstDayMs: 0, topCards: 10, resamples: 200, seed: 1 };
const SMALL = { cards: 200, rowsPerCard: 4, fraudShare: 0.1, separation: 1.5, cardEffect: 0.3 };

function oneModel(seed: number, set = SMALL): ScoredColumns {
  const { columns, scores } = simulatedModels(set, seed);
  return { ...columns, scores: scores[0] ?? [] };
}

describe('bootstrapByCard', () => {
  // Φ(1.5/√2), and with the normal scale of the scores 0.9·Φ(ln 3) + 0.1·Φ(1.5 − ln 3) at the threshold 0.75.
  test.each([
    ['80 frauds', SMALL, { aucRoc: 0.8555778, accuracy: 0.8432215 }],
    ['20 frauds', { ...SMALL, cards: 100, rowsPerCard: 3, fraudShare: 0.07, cardEffect: 0 }, { aucRoc: 0.8555778 }],
  ])('95 % intervals with about %s cover the population value in 465 to 485 of 500 sets', (_, set, population) => {
    const covered = new Map(Object.keys(population).map((metric) => [metric, 0]));

    for (let seed = 0; seed < SETS; seed++) {
      const intervals = bootstrapByCard(oneModel(seed, set), { ...OPTIONS, seed });
      for (const [metric, value] of Object.entries(population)) {
        const { lower, upper } = defined(intervals[metric], metric);
        if (lower <= value && value <= upper) covered.set(metric, (covered.get(metric) ?? 0) + 1);
      }
    }

    for (const [metric, count] of covered) {
      expect(count / SETS, metric).toBeGreaterThanOrEqual(0.93);
      expect(count / SETS, metric).toBeLessThanOrEqual(0.97);
    }
  });

  test('intervals are wider if the rows of a card depend on each other', () => {
    const width = (cardEffect: number): number => {
      const columns = oneModel(7, { cards: 200, rowsPerCard: 20, fraudShare: 0.1, separation: 1.5, cardEffect });
      const { lower, upper } = defined(bootstrapByCard(columns, OPTIONS)['accuracy'], 'accuracy');
      return upper - lower;
    };

    expect(width(0.8)).toBeGreaterThan(1.5 * width(0));
  });

  test('values are those of evaluateScores, within their intervals, and the same for the same seed', () => {
    const columns = oneModel(3);

    const intervals = bootstrapByCard(columns, OPTIONS);
    const again = bootstrapByCard(columns, OPTIONS);
    const other = bootstrapByCard(columns, { ...OPTIONS, seed: 2 });

    const { averagePrecision, aucRoc, cardPrecision, precision, recall, f1, accuracy } = evaluateScores(
      columns,
      OPTIONS,
    );
    const values = { averagePrecision, aucRoc, cardPrecision, precision, recall, f1, accuracy };
    for (const [name, value] of Object.entries(values)) expect(intervals[name]?.value, name).toBe(value);
    for (const { value, lower, upper } of Object.values(intervals)) expect(lower <= value && value <= upper).toBe(true);
    expect(Object.keys(intervals)).toHaveLength(10);
    expect(again).toEqual(intervals);
    expect(other).not.toEqual(intervals);
  });

  test('without fraud AP and AUC are NaN and the other metrics have intervals', () => {
    const columns = { ...oneModel(3), labels: new Float32Array(800) };

    const intervals = bootstrapByCard(columns, OPTIONS);

    expect(intervals['aucRoc']).toEqual({ value: NaN, lower: NaN, upper: NaN });
    expect(intervals['averagePrecision']).toEqual({ value: NaN, lower: NaN, upper: NaN });
    expect(intervals['accuracy']?.lower).toBeGreaterThan(0);
  });

  test('rows or options without an interval are rejected, each with its field', () => {
    const columns = oneModel(3);
    const field = (name: string) => expect.objectContaining({ kind: 'invalid_input', field: name });
    const thrown = (rows: ScoredColumns, resamples = 200): unknown => {
      try {
        return bootstrapByCard(rows, { ...OPTIONS, resamples });
      } catch (error) {
        return error;
      }
    };

    expect(thrown({ scores: [], labels: [], cardIds: [], occurredAtMs: [] })).toEqual(field('scores'));
    expect(thrown({ ...columns, cardIds: [1, 2] })).toEqual(field('cardIds'));
    expect(thrown({ ...columns, scores: new Float64Array(800).fill(1.5) })).toEqual(field('scores'));
    expect(thrown({ ...columns, scores: new Float64Array(800).fill(NaN) })).toEqual(field('scores'));
    expect(thrown(columns, 39)).toEqual(field('resamples'));
    expect(thrown(columns, 200.5)).toEqual(field('resamples'));
  });
});

describe('pairedComparison', () => {
  const comparison = { metric: 'averagePrecision', firstDayMs: 0, topCards: 10, resamples: 200, seed: 1 } as const;

  test.each(['averagePrecision', 'cardPrecision', 'aucRoc'] as const)(
    'an identical model is no better by %s',
    (metric) => {
      const { columns, scores } = simulatedModels(SMALL, 5, [1.5]);

      expect(pairedComparison(columns, scores[0] ?? [], scores[0] ?? [], { ...comparison, metric })).toEqual({
        difference: 0,
        lower: 0,
        upper: 0,
        verdict: 'no_better',
      });
    },
  );

  test.each(['averagePrecision', 'cardPrecision'] as const)(
    'two equally good independent models are no better by %s in at least 485 of 500 sets',
    (metric) => {
      let noBetter = 0;

      for (let set = 0; set < SETS; set++) {
        const { columns, scores } = simulatedModels(SMALL, set, [1.5, 1.5]);
        const options = { ...comparison, metric, seed: set };
        const { verdict } = pairedComparison(columns, scores[0] ?? [], scores[1] ?? [], options);
        if (verdict === 'no_better') noBetter++;
      }

      expect(noBetter / SETS).toBeGreaterThanOrEqual(0.97);
    },
  );

  test.each(['averagePrecision', 'cardPrecision', 'aucRoc'] as const)(
    'a clearly better model is better by %s, and the other one is worse',
    (metric) => {
      const { columns, scores } = simulatedModels(SMALL, 6, [3, 1]);
      const [good = [], bad = []] = scores;

      const better = pairedComparison(columns, good, bad, { ...comparison, metric });
      const worse = pairedComparison(columns, bad, good, { ...comparison, metric });

      expect(better).toMatchObject({ verdict: 'better', difference: -worse.difference });
      expect(better.lower).toBeGreaterThan(0);
      expect(worse.verdict).toBe('worse');
    },
  );

  test('one class, unequal lengths and NaN scores are rejected by name', () => {
    const { columns, scores } = simulatedModels(SMALL, 5, [1.5]);
    const [own = []] = scores;
    const compare = (labels: ArrayLike<number>, champion: ArrayLike<number>) => () =>
      pairedComparison({ ...columns, labels }, own, champion, comparison);

    expect(compare(new Float32Array(800), own)).toThrow(/needs both classes: no fraud among 800 rows/);
    expect(compare(new Float32Array(800).fill(1), own)).toThrow(/no genuine row/);
    expect(compare(columns.labels, [0.5])).toThrow(/differ in length/);
    expect(compare(columns.labels, new Float64Array(800).fill(NaN))).toThrow(/score 0 of the champion is NaN/);
  });
});

describe('calibrationError', () => {
  test('is the mean distance of score and share of frauds over bins of equally many rows', () => {
    // Bins: scores .1 and .2 without fraud (distance .15), scores .6 and .7 with two frauds (distance .35).
    expect(calibrationError([0.7, 0.1, 0.6, 0.2], [1, 0, 1, 0], 2)).toBeCloseTo(0.25, 12);
  });

  test('divides equal scores among bins, whatever the order of their labels', () => {
    const scores = new Float64Array(6).fill(0.5);

    expect(calibrationError(scores, [1, 1, 1, 0, 0, 0], 2)).toBe(0);
    expect(calibrationError(scores, [0, 1, 0, 1, 0, 1], 2)).toBe(0);
    expect(calibrationError([0.2, 0.2, 0.2], [1, 0, 0])).toBeCloseTo(1 / 3 - 0.2, 12);
  });

  test('rejects no rows, other scores than probabilities, and no bin', () => {
    expect(() => calibrationError([], [])).toThrow(/at least one row/);
    expect(() => calibrationError([1.1], [1])).toThrow(/not a probability/);
    expect(() => calibrationError([0.1], [1], 0)).toThrow(/bins must be/);
  });
});
