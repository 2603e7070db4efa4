import { DAY_MS } from '@fraudflow/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aProfile, aRow, MODEL, monitorOptions, rowsOf, START_MS } from '../../test/monitor-factories.js';
import { verdictsIn } from '../../test/monitor-outputs.js';
import { packState, unpackState } from './checkpoint.js';
import type { MonitorOptions } from './monitor-options.js';
import type { MonitorOutput } from './monitor-output.js';
import type { ScoredRow } from '../counting/monitor-row.js';
import { MonitorState } from './monitor-state.js';
import { VersionMonitor } from './version-monitor.js';

const PROFILE = aProfile();

function aState(overrides: Partial<MonitorOptions> = {}): MonitorState {
  const state = new MonitorState(monitorOptions({ jumpRows: 100, ...overrides }));
  state.loadProfile({ model: MODEL, version: '1', threshold: 0.75 }, PROFILE);
  return state;
}

const shifted = (rows: readonly ScoredRow[], by: number): ScoredRow[] =>
  rows.map((row) => ({ ...row, offset: row.offset + by }));
afterEach(() => vi.restoreAllMocks());

describe('a row far ahead in event time', () => {
  const outlier = aRow({ transactionId: 'outlier', eventAtMs: START_MS + 400 * DAY_MS });

  test('does not make the following rows late, at any position in the stream', () => {
    for (const place of [0, 1, 300]) {
      const state = aState();
      const rows = rowsOf(5, 200);
      const log = [...rows.slice(0, place), outlier, ...rows.slice(place)].map((row, offset) => ({ ...row, offset }));

      const verdicts = verdictsIn(state.addScores(0, log));

      expect(state.outcomes.late).toBe(0);
      expect(verdicts.map(({ rows: n }) => n)).toEqual([200, 200, 200, 200]);
    }
  });

  test('is reported in the state', () => {
    const state = aState();
    state.addScores(0, rowsOf(1, 200));
    state.addScores(0, [{ ...outlier, offset: 200 }]);

    expect(state.ahead).toEqual({ rows: 1, newestMs: outlier.eventAtMs, votes: 1, jumps: 0 });
    expect(state.times.newestMs).toBeLessThan(START_MS + DAY_MS);
  });

  test('opens no window that displaces current windows, even if there are many such rows', () => {
    const state = aState();
    const ahead = Array.from({ length: 90 }, (_, i) =>
      aRow({ offset: i, transactionId: `outlier${i}`, eventAtMs: START_MS + (400 + i) * DAY_MS }),
    );
    state.addScores(0, ahead);

    const verdicts = verdictsIn(state.addScores(0, shifted(rowsOf(4, 200), 90)));

    expect(verdicts.map(({ rows }) => rows)).toEqual([200, 200, 200]);
  });

  test('does not advance event time after a restored checkpoint', async () => {
    const state = aState();
    state.addScores(0, [outlier]);
    const restored = await unpackState(await packState(state), state.options);

    const verdicts = verdictsIn(restored.addScores(0, shifted(rowsOf(3, 200), 1)));

    expect(verdicts).toHaveLength(2);
    expect(restored.outcomes.late).toBe(0);
  });
});

test('after a gap of days the windows of the stream close, and no row is late', () => {
  const state = aState();
  const later = rowsOf(3, 200).map((row) => ({
    ...row,
    offset: row.offset + 400,
    transactionId: `later-${row.offset}`,
    eventAtMs: row.eventAtMs + 9 * DAY_MS,
  }));

  const verdicts = verdictsIn(state.addScores(0, [...rowsOf(2, 200), ...later]));

  expect(verdicts.map(({ rows }) => rows)).toEqual([200, 200, 200, 200]);
  expect(state.outcomes.late).toBe(0);
  expect(state.ahead.jumps).toBe(1);
});

test('a row without a valid probability is counted, advances event time, and is not evaluated', () => {
  const state = aState({ jumpRows: 1 });
  const rows = rowsOf(3, 200).map((row, i) => (i % 4 === 0 ? { ...row, probability: Number.NaN } : row));

  const verdicts = verdictsIn(state.addScores(0, rows));

  expect(state.outcomes).toMatchObject({ unscored: 150, judged: 450 });
  expect(verdicts.map(({ rows: n, score }) => [n, score?.missing_share])).toEqual([
    [150, 0],
    [150, 0],
  ]);
});

describe('a fault of one version', () => {
  const rows = rowsOf(4, 200).flatMap((row, i) => [
    { ...row, offset: 2 * i },
    { ...row, offset: 2 * i + 1, version: '2', isChampion: false },
  ]);

  function failing(): MonitorState {
    const state = aState({ jumpRows: 1 });
    state.loadProfile({ model: MODEL, version: '2', threshold: 0.75 }, PROFILE);
    const advance = VersionMonitor.prototype.advance;
    vi.spyOn(VersionMonitor.prototype, 'advance').mockImplementation(function (this: VersionMonitor, ...args) {
      if (this.identity.version === '2' && this.hasProfile) throw new Error('a faulty profile');
      return advance.apply(this, args);
    });
    return state;
  }

  test('is reported once, and the other versions are still evaluated', () => {
    const outputs = failing().addScores(0, rows);

    expect(verdictsIn(outputs).map(({ model_version: version }) => version)).toEqual(['1', '1', '1']);
    expect(outputs.filter(({ kind }) => kind === 'failure')).toMatchObject([
      { version: '2', error: { message: 'a faulty profile' } },
    ]);
  });

  test('leaves its rows counted but not evaluated', () => {
    const state = failing();
    state.addScores(0, rows);

    expect(state.hasProfile(MODEL, '2')).toBe(false);
    expect(state.outcomes.unprofiled).toBeGreaterThan(500);
  });
});

test('outputs that were due before a later row of the same batch fails are returned', () => {
  const state = aState({ jumpRows: 1 });
  const rows = rowsOf(3, 200);
  const broken = new Proxy(aRow({ offset: 600 }), {
    get: (row, name) => {
      if (name === 'transactionId') throw new Error('unreadable');
      return Reflect.get(row, name) as unknown;
    },
  });
  const outputs: MonitorOutput[] = [];

  expect(() => state.addScores(0, [...rows, broken], outputs)).toThrow('unreadable');

  expect(verdictsIn(outputs)).toHaveLength(2);
});

test('scores above the maximum are dropped by whole windows and counted', () => {
  const state = aState({ jumpRows: 1, maxScores: 250 });

  state.addScores(0, rowsOf(2, 200));

  expect(state.joinCounters).toMatchObject([{ droppedScores: 200 }]);
});
