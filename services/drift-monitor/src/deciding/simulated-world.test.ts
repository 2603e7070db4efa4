import { DAY_MS } from '@fraudflow/core';
import { loadConfig } from '@fraudflow/config';
import type { Drift } from '@fraudflow/simulator';
import { describe, expect, test } from 'vitest';
import { MODEL } from '../../test/monitor-factories.js';
import { profileOf, simulatedScores } from '../../test/simulated-scores.js';
import { driftMonitorConfigSchema } from '../config.js';
import type { MonitorOutput } from './monitor-output.js';
import { MonitorState } from './monitor-state.js';
import { monitorOptions } from '../session/monitor-options-of-config.js';

const REFERENCE = { fromDay: 46, toDay: 60 };

/** Default settings on a simulated world; the reference is the two weeks before day 60. */
function watched(seed: number, days: number, drifts: readonly Drift[] = []) {
  const { rows, labels } = simulatedScores(seed, days, drifts);
  const startMs = Math.floor((rows[0]?.eventAtMs ?? 0) / DAY_MS) * DAY_MS;
  const dayOf = (ms: number): number => Math.floor((ms - startMs) / DAY_MS);
  const state = new MonitorState(monitorOptions(loadConfig(driftMonitorConfigSchema, {}), 1));
  const reference = rows.filter(({ eventAtMs }) => isWithin(dayOf(eventAtMs)));
  state.loadProfile({ model: MODEL, version: '1', threshold: 0.5 }, profileOf(reference));
  const live = rows.filter(({ eventAtMs }) => dayOf(eventAtMs) >= REFERENCE.toDay);
  const outputs = live.flatMap((row): MonitorOutput[] => {
    const label = labels.get(row.transactionId);
    if (label !== undefined) state.addLabels(0, [label]);
    return state.addScores(0, [row]);
  });
  const verdicts = outputs.flatMap((output) => (output.kind === 'verdict' ? [output.event] : []));
  const requests = outputs.flatMap((output) => (output.kind === 'retraining' ? [output.event] : []));
  return { verdicts, requests, dayOf: (instant: string | undefined): number => dayOf(Date.parse(instant ?? '')) };
}

function isWithin(day: number): boolean {
  return REFERENCE.fromDay <= day && day < REFERENCE.toDay;
}

describe('in a simulated world, with the default settings', () => {
  test('40 days without drift raise no alarm, although KS flags some feature nearly every day', () => {
    const { verdicts, requests } = watched(7, 100);

    const flagged = verdicts.filter(({ columns }) => columns.some((column) => (column.ks_p_value ?? 1) < 0.05));
    expect(verdicts).toHaveLength(39);
    expect(flagged.length).toBeGreaterThan(30);
    expect(verdicts.filter(({ alarm }) => alarm)).toEqual([]);
    expect(requests).toEqual([]);
  });

  test('amounts higher by half and a new fraud scenario cause a request within three days', () => {
    const fromDay = 67;
    const { verdicts, requests, dayOf } = watched(7, 75, [
      { kind: 'spending', fromDay, factor: 1.5 },
      { kind: 'card_testing', fromDay, cardsPerDay: 6 },
    ]);

    const [first] = requests;
    expect(verdicts.filter(({ alarm }) => alarm).map(({ window_start: start }) => dayOf(start))[0]).toBe(fromDay);
    expect(first).toMatchObject({ reason: 'drift' });
    expect(dayOf(first?.window_start) - fromDay).toBeLessThanOrEqual(2);
    expect(verdicts.at(-1)?.drifted_columns).toContain('tx_amount');
  });
});
