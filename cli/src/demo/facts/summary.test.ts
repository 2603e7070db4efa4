import { expect, test } from 'vitest';
import { renderSummary } from '../view/render-summary.js';
import { type DemoSummary, failuresOf, latencySummary, modelSummary } from './summary.js';

function aSummary(change: Partial<DemoSummary> = {}): DemoSummary {
  return {
    counts: { produced: 10, validated: 7, rejected: 2, duplicates: 1, scored: 7, lost: 0, scored_twice: 0 },
    latency_ms: { event_to_score: { p50: 12.5, p99: 40 }, predict: { p50: null, p99: null } },
    models: [
      {
        version: '1',
        average_precision: 0.61,
        auc_roc: 0.87,
        card_precision_100: null,
        stages: ['None', 'Production'],
      },
    ],
    drift: { windows: 5, alarms: 1, retraining_events: 1 },
    loop_closed: true,
    memory_mb: { scorer: 150 },
    seconds: { setup: 9.1 },
    evidence: {
      predict_calls: 4,
      predict_failures: { unavailable: 1 },
      live_transactions: 5,
      unexpected_scores: 0,
      lost_ids: [],
      restarts: {},
      seed: 7,
    },
    ...change,
  };
}

test('a correct run has no failures', () => {
  expect(failuresOf(aSummary())).toEqual([]);
});

test('each failed check is a separate failure', () => {
  const { counts, evidence } = aSummary();

  const failures = failuresOf(
    aSummary({
      counts: { ...counts, lost: 2, scored_twice: 1 },
      loop_closed: false,
      evidence: { ...evidence, lost_ids: ['t5', 't6'], unexpected_scores: 1 },
    }),
  );

  expect(failures).toHaveLength(4);
  expect(failures[0]).toBe('2 transactions were lost, for example t5, t6');
});

test('figures that were not measured are null, because JSON has no NaN', () => {
  expect(latencySummary({ p50: 1.23456, p99: Number.NaN })).toEqual({ p50: 1.23, p99: null });
});

test('a model has the metrics of its run', () => {
  const metrics = new Map([
    ['average_precision', 0.7],
    ['auc_roc', 0.9],
  ]);

  expect(modelSummary({ version: '3', runId: 'r', stages: ['Production'] }, metrics)).toEqual({
    version: '3',
    average_precision: 0.7,
    auc_roc: 0.9,
    card_precision_100: null,
    stages: ['Production'],
  });
});

test('the text form has the same figures', () => {
  const text = renderSummary(aSummary()).join('\n');

  expect(text).toContain('10 produced = 7 validated + 2 rejected + 1 duplicates');
  expect(text).toContain('p50 12.5 ms, p99 40 ms over 5 live transactions');
  expect(text).toContain('Predict        not measured over 4 calls, failed 1');
  expect(text).toContain('AP 0.610, AUC 0.870, CP@100 –; None → Production');
});
