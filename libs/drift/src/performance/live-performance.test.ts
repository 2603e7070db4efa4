import { describe, expect, test } from 'vitest';
import { LivePerformance } from './live-performance.js';

const options = { sizeMs: 1000, labelHorizonMs: 5000, threshold: 0.5 };

/** Two frauds (one caught) and two genuine (one flagged) in the window [0, 1000). */
function scored(performance = new LivePerformance(options)): LivePerformance {
  [0.9, 0.2, 0.8, 0.1].forEach((score, i) => performance.addScore(`tx-${i}`, score, i));
  return performance;
}

function labelled(performance: LivePerformance): LivePerformance {
  performance.addLabel('tx-0', true, 2000);
  performance.addLabel('tx-1', true, 3000);
  return performance;
}

test('a window is reported once its label horizon has passed, not before', () => {
  const performance = labelled(scored());

  expect(performance.advanceTo(5999)).toEqual([]);

  const [report] = performance.advanceTo(6000);
  expect(report).toMatchObject({ windowStartMs: 0, maturedAtMs: 6000, n: 4, frauds: 2, labelled: 2, f1: 0.5 });
  expect(report?.confusion).toEqual({ truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 });
  expect(report?.precision?.value).toBe(0.5);
  expect(report?.recall?.value).toBe(0.5);
  expect(report?.accuracy.value).toBe(0.5);
  expect(report?.rocAuc?.value).toBe(0.75);
  expect(report?.averagePrecision?.value).toBeCloseTo(0.8333333, 6);
  expect(performance.held.scores).toBe(0);
});

test('a label may come before its score', () => {
  const early = scored(labelled(new LivePerformance(options)));

  expect(early.advanceTo(6000)).toEqual(labelled(scored()).advanceTo(6000));
});

test('a label that became available only after maturity does not count, however early it is delivered', () => {
  const performance = scored();
  performance.addLabel('tx-0', true, 6001);

  expect(performance.advanceTo(6000)[0]).toMatchObject({ frauds: 0, labelled: 0 });
});

test('of two labels the one available later wins, in any order of arrival', () => {
  const performance = scored();
  performance.addLabel('tx-0', false, 4000);
  performance.addLabel('tx-0', true, 3000);

  expect(performance.advanceTo(6000)[0]?.frauds).toBe(0);
});

test('without frauds the ranking metrics are absent instead of zero', () => {
  const [report] = scored().advanceTo(6000);

  expect(report).toMatchObject({ recall: null, rocAuc: null, averagePrecision: null });
});

describe('counters', () => {
  test('a transaction scored twice counts once', () => {
    const performance = scored(scored());

    expect(performance.counters.duplicateScores).toBe(4);
    expect(performance.held.scores).toBe(4);
  });

  test('a score for a matured window is late', () => {
    const performance = new LivePerformance(options);
    performance.advanceTo(6000);
    performance.addScore('tx-9', 0.1, 5);

    expect(performance.counters.lateScores).toBe(1);
  });
});

describe('bounded memory', () => {
  test('beyond the most scores the oldest window is dropped and counted', () => {
    const performance = scored(new LivePerformance({ ...options, maxScores: 4 }));
    performance.addScore('tx-later', 0.3, 1500);

    expect(performance.held.scores).toBe(1);
    expect(performance.counters.droppedScores).toBe(4);
  });

  test('beyond the most waiting labels the oldest is dropped and counted', () => {
    const performance = labelled(new LivePerformance({ ...options, maxWaitingLabels: 1 }));

    expect(performance.held.waitingLabels).toBe(1);
    expect(performance.counters.droppedLabels).toBe(1);
  });

  test('a label that no score ever meets is dropped in the end', () => {
    const performance = labelled(new LivePerformance(options));
    performance.advanceTo(20_000);

    expect(performance.held.waitingLabels).toBe(0);
  });
});

test('a join restored from JSON reports the same', () => {
  const half = new LivePerformance(options);
  half.addLabel('tx-1', true, 3000);
  scored(half);
  const restored = LivePerformance.fromJson(JSON.parse(JSON.stringify(half.toJson())), options);

  expect(restored.advanceTo(6000)).toEqual(half.advanceTo(6000));
});

test('scores that are not finite and foreign checkpoints are refused', () => {
  const performance = new LivePerformance(options);

  expect(() => performance.addScore('tx', NaN, 0)).toThrow(/finite/);
  expect(() => LivePerformance.fromJson(performance.toJson(), { ...options, sizeMs: 5 })).toThrow(/window size/);
});
