import { DAY_MS } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { expect, test, vi } from 'vitest';
import { aProfile, aRow, MODEL, monitorOptions, rowsOf, START_MS } from '../test/monitor-factories.js';
import { DriftMonitorEvents } from './events.js';
import type { ScoredRow } from './counting/monitor-row.js';
import { MonitorState } from './deciding/monitor-state.js';

const PROFILE = aProfile();

function aMonitor(versions: readonly string[] = ['1'], logger = silentLogger, jumpRows = 1) {
  const registry = new Registry();
  const events = new DriftMonitorEvents(logger, registry);
  const state = new MonitorState(monitorOptions({ jumpRows }));
  for (const version of versions) state.loadProfile({ model: MODEL, version, threshold: 0.75 }, PROFILE);
  const feed = (rows: readonly ScoredRow[]): void => {
    const outputs = state.addScores(0, rows);
    events.progressed(state);
    for (const output of outputs) {
      if (output.kind === 'verdict') events.windowJudged(output, false);
      else if (output.kind === 'performance') events.performanceReported(output);
    }
  };
  const versionsOf = async (metric: string): Promise<string[]> => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${metric}{`));
    return [...new Set(lines.map((line) => /version="(\w+)"/.exec(line)?.[1] ?? ''))];
  };
  return { registry, events, state, feed, versionsOf };
}

test('alarm counters of the serving version exist with value 0 before the first alarm', async () => {
  const { registry, feed } = aMonitor();

  feed(rowsOf(1, 10));

  const exposed = await registry.metrics();
  for (const feature of ['amount', 'count', 'risk']) {
    expect(exposed).toContain(`drift_alarms_total{model="${MODEL}",version="1",feature="${feature}",kind="input"} 0`);
  }
  expect(exposed).toContain(`drift_alarms_total{model="${MODEL}",version="1",feature="score",kind="score"} 0`);
});

test('an alarm is visible in the counter, the evidence and its threshold', async () => {
  const { registry, feed } = aMonitor();

  feed(rowsOf(3, 400, () => 1));

  const exposed = await registry.metrics();
  expect(exposed).toMatch(/drift_alarms_total\{[^}]*feature="amount",kind="input"\} [1-9]/);
  expect(exposed).toMatch(/drift_evidence_threshold_log10\{[^}]*signal="score"\} 3\.3/);
});

test('a version that no longer scores has no series, even if its labels mature later', async () => {
  const { feed, versionsOf } = aMonitor(['1', '2']);
  const metrics = ['model_accuracy', 'drift_score', 'drift_alarms_total', 'live_brier', 'label_maturity_ratio'];
  const rows = rowsOf(12, 200).map((row) => ({ ...row, version: row.eventAtMs < START_MS + 5 * DAY_MS ? '1' : '2' }));

  feed(rows.slice(0, 1_000));
  for (const metric of metrics) expect(await versionsOf(metric)).toEqual(['1']);

  feed(rows.slice(1_000, 1_300));
  for (const metric of metrics.filter((name) => name.startsWith('drift')))
    expect(await versionsOf(metric)).toEqual(['2']);
  expect(await versionsOf('model_accuracy')).toEqual([]);

  feed(rows.slice(1_300));
  for (const metric of metrics) expect(await versionsOf(metric)).toEqual(['2']);
});

test('rows far ahead are logged and counted, and the gauge returns to 0 when the stream continues', async () => {
  const warn = vi.fn();
  const { registry, feed } = aMonitor(['1'], { ...silentLogger, warn } as unknown as typeof silentLogger, 100);
  const warnings = (): unknown[] => warn.mock.calls.map(([entry]) => entry as unknown);
  const rows = rowsOf(2, 200);
  feed(rows.slice(0, 150));
  expect(warnings()).toEqual([]);

  feed([aRow({ offset: 150, eventAtMs: START_MS + 400 * DAY_MS })]);

  expect(warnings()).toMatchObject([{ event: 'event_time_ahead', aheadAt: '2026-04-07T00:00:00.000Z', rowsAhead: 1 }]);
  expect(await registry.metrics()).toMatch(/drift_event_time_ahead_seconds [1-9]\d+/);

  feed(rows.slice(150).map((row) => ({ ...row, offset: row.offset + 1 })));

  expect(warnings()).toHaveLength(1);
  const exposed = await registry.metrics();
  expect(exposed).toContain('drift_event_time_ahead_seconds 0');
  expect(exposed).toContain('drift_rows_ahead_total 1');
});

test('a jump of event time over a gap is logged together with its effect', () => {
  const warn = vi.fn();
  const { feed } = aMonitor(['1'], { ...silentLogger, warn } as unknown as typeof silentLogger, 100);
  const later = rowsOf(1, 200).map((row) => ({
    ...row,
    offset: row.offset + 200,
    eventAtMs: row.eventAtMs + 9 * DAY_MS,
  }));

  feed([...rowsOf(1, 200), ...later]);

  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ event: 'event_time_jumped' }));
});
