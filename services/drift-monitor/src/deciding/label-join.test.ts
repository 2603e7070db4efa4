import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { aLabel, aProfile, aRow, MODEL, monitorOptions, rowsOf, START_MS } from '../../test/monitor-factories.js';
import { requestsIn, verdictsIn } from '../../test/monitor-outputs.js';
import type { MonitorOptions } from './monitor-options.js';
import { MonitorState } from './monitor-state.js';

const PROFILE = aProfile();

function aState(options: MonitorOptions = monitorOptions()): MonitorState {
  const state = new MonitorState(options);
  state.loadProfile({ model: MODEL, version: '1', threshold: 0.75 }, PROFILE);
  return state;
}

const dayStart = (day: number): string => new Date(START_MS + day * DAY_MS).toISOString();

describe('labels', () => {
  test('that arrive before their scores are joined when the scores arrive', () => {
    const state = aState();
    const rows = rowsOf(5, 200);
    state.addLabels(
      0,
      rows.slice(0, 20).map((row, offset) => aLabel(row, { offset })),
    );

    const outputs = state.addScores(0, rows);
    const report = outputs.find((output) => output.kind === 'performance');

    expect(report?.report).toMatchObject({ n: 200, frauds: 20, labelled: 20 });
    expect(state.pendingLabels).toBe(0);
  });

  test('are in the newest matured window of the next verdict', () => {
    const state = aState();
    const rows = rowsOf(5, 200);
    state.addScores(0, rows.slice(0, 300));
    state.addLabels(0, [aLabel(rows[0] ?? aRow(), { offset: 0 })]);

    const verdicts = verdictsIn(state.addScores(0, rows.slice(300)));

    expect(verdicts.map((verdict) => verdict.performance?.labelled_rows ?? null)).toEqual([null, 1, 0]);
  });

  test('whose transaction never arrives are dropped and counted', () => {
    const state = aState();
    state.addLabels(0, [aLabel(aRow({ transactionId: 'nowhere' }))]);

    state.addScores(0, rowsOf(8, 100));

    expect(state.unmatchedLabels).toBe(1);
    expect(state.pendingLabels).toBe(0);
  });

  test('with performance below a floor for three windows cause a retraining request', () => {
    const policy = { drift: 'off', floors: { recall: 0.5 }, cooldownMs: 3 * DAY_MS } as const;
    const state = aState(monitorOptions({ policy }));
    const rows = rowsOf(8, 200);
    const frauds = rows.filter((_, i) => i % 10 === 0).map((row, offset) => aLabel(row, { offset }));
    state.addLabels(0, frauds);

    const [request, ...others] = requestsIn(
      state.addScores(
        0,
        rows.map((row) => ({ ...row, probability: 0.1, isFlagged: false })),
      ),
    );

    expect(others).toEqual([]);
    expect(request).toMatchObject({
      reason: 'performance',
      window_start: dayStart(2),
      evidence: { rows: 200, frauds: 20 },
    });
  });
});

describe('labels of several sources', () => {
  const scored = rowsOf(5, 200);
  const row = scored[0] ?? aRow();

  test.each(['before', 'after'] as const)(
    'are ranked by trust rather than time if they arrive %s the score',
    (when) => {
      const state = aState();
      const labels = [
        aLabel(row, { offset: 0, isFraud: true, sourceRank: 0 }),
        aLabel(row, { offset: 1, isFraud: false, sourceRank: 4, labelledAtMs: row.eventAtMs + DAY_MS + HOUR_MS }),
      ];
      if (when === 'after') state.addScores(0, [row]);
      state.addLabels(0, labels);

      const outputs = state.addScores(0, when === 'after' ? scored.slice(1) : scored);

      expect(outputs.find(({ kind }) => kind === 'performance')).toMatchObject({ report: { frauds: 1, labelled: 1 } });
    },
  );

  test('that become available after maturity are counted as late, joined labels once', () => {
    const state = aState();
    state.addScores(0, scored.slice(0, 20));
    state.addLabels(0, [
      aLabel(row, { offset: 0 }),
      aLabel(row, { offset: 1, labelledAtMs: row.eventAtMs + 4 * DAY_MS }),
      aLabel(aRow({ transactionId: 'unknown' }), { offset: 2, labelledAtMs: START_MS + 4 * DAY_MS }),
    ]);

    expect(state.lateLabels).toBe(2);
    expect(state.joinCounters).toMatchObject([{ joined: 1 }]);
    expect(state.pendingLabels).toBe(0);
  });
});
