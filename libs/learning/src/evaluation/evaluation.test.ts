import { DAY_MS } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { chooseThreshold } from './choose-threshold.js';
import { evaluateScores, type Evaluation } from './evaluate-scores.js';
import { applyGates } from './gates.js';

function anEvaluation(over: Partial<Evaluation> = {}): Evaluation {
  const scored = {
    scores: [0.9, 0.8, 0.4, 0.3],
    labels: [1, 0, 1, 0],
    cardIds: ['a', 'b', 'c', 'd'],
    occurredAtMs: [0, 0, DAY_MS, DAY_MS],
    scenarios: [1, 0, 2, 0],
  };
  return { ...evaluateScores(scored, { threshold: 0.5, firstDayMs: 0, topCards: 1 }), ...over };
}

describe('evaluateScores', () => {
  test('gives ranking, decision and card figures of the same rows', () => {
    expect(anEvaluation()).toMatchObject({
      rows: 4,
      frauds: 2,
      aucRoc: 0.75,
      averagePrecision: (1 + 2 / 3) / 2,
      cardPrecision: 1,
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
      accuracy: 0.5,
      confusion: { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 },
      recallByScenario: { 1: 1, 2: 0 },
    });
  });

  test('refuses no rows and ragged columns', () => {
    const empty = { scores: [], labels: [], cardIds: [], occurredAtMs: [] };

    expect(() => evaluateScores(empty, { threshold: 0.5, firstDayMs: 0 })).toThrow(/at least one row/);
    expect(() => evaluateScores({ ...empty, scores: [1] }, { threshold: 0.5, firstDayMs: 0 })).toThrow(
      /differ in length/,
    );
  });
});

describe('chooseThreshold', () => {
  test('the threshold of the best F1 is half-way between the last alerted score and the next one', () => {
    expect(chooseThreshold([0.1, 0.9, 0.5, 0.7], [0, 1, 0, 1], { kind: 'max_f1' })).toBeCloseTo(0.6, 12);
  });

  test('equal scores stay on one side', () => {
    expect(chooseThreshold([0.8, 0.8, 0.2], [1, 0, 0], { kind: 'max_f1' })).toBe(0.5);
  });

  test('a budget is never exceeded, even by ties', () => {
    const scores = [0.9, 0.6, 0.6, 0.3];
    const alerts = (alertsPerDay: number): number => {
      const threshold = chooseThreshold(scores, [0, 0, 0, 0], { kind: 'alert_budget', alertsPerDay, days: 1 });
      return scores.filter((score) => score >= threshold).length;
    };

    expect([0.5, 1, 2, 3, 4, 100].map(alerts)).toEqual([0, 1, 1, 3, 4, 4]);
  });

  test('rows or a budget that allow no threshold are rejected', () => {
    expect(() => chooseThreshold([0.1], [0], { kind: 'max_f1' })).toThrow(/no fraud/);
    expect(() => chooseThreshold([], [], { kind: 'max_f1' })).toThrow(/needs rows/);
    expect(() => chooseThreshold([NaN], [1], { kind: 'max_f1' })).toThrow(/NaN/);
    expect(() => chooseThreshold([0.1], [0], { kind: 'alert_budget', alertsPerDay: 0, days: 1 })).toThrow(/budget/);
  });
});

describe('applyGates', () => {
  test('every configured bound is checked, the bound itself passes, and a failure shows its numbers', () => {
    const report = applyGates(anEvaluation(), { minimum: { aucRoc: 0.75, recall: 0.6, rows: 4, frauds: 3 } });

    expect(report.passed).toBe(false);
    expect(report.results.map(({ gate, passed }) => [gate, passed])).toEqual([
      ['minimum_auc_roc', true],
      ['minimum_recall', false],
      ['minimum_rows', true],
      ['minimum_frauds', false],
    ]);
    expect(report.results[1]?.message).toBe('recall 0.5000 is below the minimum of 0.6000');
  });

  test('an undefined figure fails its gate', () => {
    expect(applyGates(anEvaluation({ averagePrecision: NaN }), { minimum: { averagePrecision: 0 } }).passed).toBe(
      false,
    );
  });

  test('the champion must be matched within the tolerance', () => {
    const champion = anEvaluation({ averagePrecision: 0.84 });
    const passes = (championTolerance: number): boolean =>
      applyGates(anEvaluation(), { minimum: {}, championTolerance }, champion).passed;

    expect([passes(0), passes(0.005), passes(0.01)]).toEqual([false, false, true]);
    expect(applyGates(anEvaluation(), { minimum: {} }, anEvaluation()).passed).toBe(true);
    expect(applyGates(anEvaluation(), { minimum: {}, championTolerance: -0.001 }, anEvaluation()).passed).toBe(false);
  });

  test('a champion whose figure is undefined on these rows is beaten only by a challenger with a defined one', () => {
    const withoutFigure = anEvaluation({ averagePrecision: NaN });

    expect(applyGates(withoutFigure, { minimum: {} }, anEvaluation()).passed).toBe(false);
  });

  test('figures of different rows cannot be compared', () => {
    expect(() => applyGates(anEvaluation(), { minimum: {} }, anEvaluation({ rows: 5 }))).toThrow(/different rows/);
  });
});
