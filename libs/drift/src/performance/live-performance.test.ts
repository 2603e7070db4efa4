import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { LivePerformance, type LivePerformanceJson, type TransactionLabel } from './live-performance.js';

const options = { sizeMs: 1000, labelHorizonMs: 5000, threshold: 0.5 };

function aLabel(labelledAtMs: number, isFraud = true, overrides: Partial<TransactionLabel> = {}): TransactionLabel {
  return { isFraud, labelledAtMs, sourceRank: 0, eventAtMs: 0, ...overrides };
}

/** Two frauds (one caught) and two genuine (one flagged) in the window [0, 1000). */
function scored(performance = new LivePerformance(options)): LivePerformance {
  [0.9, 0.2, 0.8, 0.1].forEach((score, i) => performance.addScore(`tx-${i}`, score, i));
  return performance;
}

function labelled(performance: LivePerformance): LivePerformance {
  performance.addLabel('tx-0', aLabel(2000, true));
  performance.addLabel('tx-1', aLabel(3000, true));
  return performance;
}

test('precision and recall use the decisions at scoring time, independent of the first threshold', () => {
  const performance = new LivePerformance(options);
  performance.addScore('tx-0', 0.9, 0, false);
  performance.addScore('tx-1', 0.2, 1, true);
  const restored = LivePerformance.fromJson(JSON.parse(JSON.stringify(performance.toJson())), options);
  restored.addLabel('tx-1', aLabel(2000, true, { eventAtMs: 1 }));

  expect(restored.advanceTo(6000)[0]?.confusion).toEqual({
    truePositives: 1,
    falsePositives: 0,
    falseNegatives: 0,
    trueNegatives: 1,
  });
});

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

test('a label may arrive before its score', () => {
  const early = scored(labelled(new LivePerformance(options)));

  expect(early.advanceTo(6000)).toEqual(labelled(scored()).advanceTo(6000));
});

test('a label that became available only after maturity does not count, however early it is delivered', () => {
  const performance = scored();
  performance.addLabel('tx-0', aLabel(6001, true));

  expect(performance.advanceTo(6000)[0]).toMatchObject({ frauds: 0, labelled: 0 });
});

describe('of several labels of a transaction', () => {
  const truthOf = (labels: readonly TransactionLabel[], order: 'score first' | 'labels first'): number => {
    const performance = new LivePerformance(options);
    if (order === 'score first') performance.addScore('tx-0', 0.9, 0);
    for (const label of labels) performance.addLabel('tx-0', label);
    if (order === 'labels first') performance.addScore('tx-0', 0.9, 0);
    return performance.advanceTo(6000)[0]?.frauds ?? NaN;
  };

  test('the newest label of the most trusted source counts, in any order of arrival', () => {
    const label = fc.record({
      isFraud: fc.boolean(),
      labelledAtMs: fc.integer({ min: 0, max: 12 }).map((step) => step * 1000),
      sourceRank: fc.integer({ min: 0, max: 2 }),
      eventAtMs: fc.constantFrom(0, 999),
    });
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('score first', 'labels first'),
        (labels, order) => {
          const inTime = labels.filter(({ labelledAtMs }) => labelledAtMs <= 6000);
          const rank = Math.min(...inTime.map(({ sourceRank }) => sourceRank));
          const trusted = inTime.filter(({ sourceRank }) => sourceRank === rank);
          const newestMs = Math.max(...trusted.map(({ labelledAtMs }) => labelledAtMs));
          const isFraud = trusted.some((one) => one.labelledAtMs === newestMs && one.isFraud);

          expect(truthOf(labels, order)).toBe(isFraud ? 1 : 0);
          expect(truthOf(labels.toReversed(), order)).toBe(isFraud ? 1 : 0);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  test('a later refund does not overrule a chargeback', () => {
    const chargeback = aLabel(3000, true);
    const refund = aLabel(4000, false, { sourceRank: 4 });

    expect(truthOf([chargeback, refund], 'score first')).toBe(1);
    expect(truthOf([refund, chargeback], 'labels first')).toBe(1);
  });

  test('a label after maturity does not hide an earlier one', () => {
    expect(truthOf([aLabel(5000, true), aLabel(6001, false)], 'score first')).toBe(1);
    expect(truthOf([aLabel(5000, true), aLabel(6001, false)], 'labels first')).toBe(1);
  });
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

  test('a label that became available after maturity is late', () => {
    const performance = scored();
    performance.addLabel('tx-0', aLabel(6001));
    performance.addLabel('tx-unknown', aLabel(6001));

    expect(performance.counters).toMatchObject({ lateLabels: 2, joined: 0 });
  });

  test('a label of an unknown transaction is not stored by joinLabel', () => {
    const performance = scored();

    expect(performance.joinLabel('tx-0', aLabel(2000))).toBe(true);
    expect(performance.joinLabel('tx-unknown', aLabel(2000))).toBe(false);
    expect(performance.held.pendingLabels).toBe(0);
  });

  test('a label with a wrong copy of the transaction time is still joined with its score', () => {
    const performance = scored();
    performance.addLabel('tx-0', aLabel(2000, true, { eventAtMs: 77_000 }));

    expect(performance.advanceTo(6000)[0]?.frauds).toBe(1);
  });

  test('a score for a matured window is late', () => {
    const performance = new LivePerformance(options);
    performance.advanceTo(6000);
    performance.addScore('tx-9', 0.1, 5);

    expect(performance.counters.lateScores).toBe(1);
  });
});

describe('bounded memory', () => {
  test('beyond the maximum of scores the oldest window is dropped and counted', () => {
    const performance = scored(new LivePerformance({ ...options, maxScores: 4 }));
    performance.addScore('tx-later', 0.3, 1500);

    expect(performance.held.scores).toBe(1);
    expect(performance.counters.droppedScores).toBe(4);
  });

  test('beyond the maximum of pending labels the oldest is dropped and counted', () => {
    const performance = labelled(new LivePerformance({ ...options, maxPendingLabels: 1 }));

    expect(performance.held.pendingLabels).toBe(1);
    expect(performance.counters.droppedLabels).toBe(1);
  });

  test('a label that never gets a score is dropped eventually', () => {
    const performance = labelled(new LivePerformance(options));
    performance.advanceTo(20_000);

    expect(performance.held.pendingLabels).toBe(0);
  });
});

test('a join restored from JSON reports the same', () => {
  const half = new LivePerformance(options);
  half.addLabel('tx-1', aLabel(3000, true));
  scored(half);
  const restored = LivePerformance.fromJson(JSON.parse(JSON.stringify(half.toJson())), options);

  expect(restored.advanceTo(6000)).toEqual(half.advanceTo(6000));
});

test('a join stored without label sources is read as labelled by the most trusted one', () => {
  const half = labelled(scored());
  half.addLabel('tx-9', aLabel(2000));
  const json = JSON.parse(JSON.stringify(half.toJson())) as LivePerformanceJson;
  const waiting = json.waiting.map(([id, { isFraud, labelledAtMs }]) => [id, { isFraud, labelledAtMs }] as const);
  const { lateLabels: _new, ...counters } = json.counters;
  const windows = json.windows.map(({ flagged: _later, ...window }) => window);
  const old = {
    ...json,
    format: 'fraudflow.live-performance/1',
    windows,
    waiting,
    counters,
  } as unknown as LivePerformanceJson;

  const restored = LivePerformance.fromJson(old, options);

  expect(restored.toJson()).toEqual(half.toJson());
});

test('scores that are not finite and foreign checkpoints are refused', () => {
  const performance = new LivePerformance(options);

  expect(() => performance.addScore('tx', NaN, 0)).toThrow(/finite/);
  expect(() => LivePerformance.fromJson(performance.toJson(), { ...options, sizeMs: 5 })).toThrow(/window size/);
});
