import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import {
  aLabel,
  aProfile,
  aRow,
  byPartition,
  MODEL,
  monitorOptions,
  rowsOf,
  START_MS,
} from '../../test/monitor-factories.js';
import { requestsIn, verdictsIn } from '../../test/monitor-outputs.js';
import { packState, unpackState } from './checkpoint.js';
import type { MonitorOptions } from './monitor-options.js';
import type { MonitorOutput } from './monitor-output.js';
import type { LabelRow, ScoredRow } from '../counting/monitor-row.js';
import { MonitorState } from './monitor-state.js';

const PROFILE = aProfile();
const V1 = { model: MODEL, version: '1', threshold: 0.75 };

function aState(options: MonitorOptions = monitorOptions()): MonitorState {
  const state = new MonitorState(options);
  state.loadProfile(V1, PROFILE);
  state.setProduction(MODEL, '1');
  return state;
}

const ids = (outputs: readonly MonitorOutput[]): string[] =>
  outputs.flatMap((output) => ('id' in output ? [output.id] : []));
const dayStart = (day: number): string => new Date(START_MS + day * DAY_MS).toISOString();

describe('windows', () => {
  test('close when every partition has passed their end, and contain the rows of all partitions', () => {
    const state = aState(monitorOptions({ partitions: 2 }));
    const rows = rowsOf(2, 200).filter((row) => row.eventAtMs < START_MS + 30 * HOUR_MS);
    const [ahead = [], behind = []] = byPartition(rows, 2);

    const early = [state.addScores(0, ahead), state.addScores(1, behind.slice(0, 90))].flat();
    const late = state.addScores(1, behind.slice(90));

    expect(early).toEqual([]);
    expect(verdictsIn(late)).toMatchObject([{ verdict_id: `${MODEL}:1:${dayStart(0)}`, rows: 200, late_rows: 0 }]);
  });

  test('do not depend on batch boundaries and the interleaving of partitions', () => {
    const [zero = [], one = []] = byPartition(rowsOf(4, 200), 2);
    const options = monitorOptions({ partitions: 2 });
    const inTurns = (state: MonitorState, size: number): MonitorOutput[] =>
      Array.from({ length: Math.ceil(zero.length / size) }, (_, i) => [
        ...state.addScores(1, one.slice(i * size, (i + 1) * size)),
        ...state.addScores(0, zero.slice(i * size, (i + 1) * size)),
      ]).flat();

    const byRow = inTurns(aState(options), 1);
    const byDay = inTurns(aState(options), 130);

    expect(JSON.stringify(verdictsIn(byDay))).toBe(JSON.stringify(verdictsIn(byRow)));
    expect(verdictsIn(byRow)).toHaveLength(3);
  });

  test('do not wait for a partition that has had no rows for longer than the idle bound', () => {
    const state = aState(monitorOptions({ partitions: 2 }));
    state.addScores(1, [aRow()]);

    const outputs = state.addScores(0, rowsOf(4, 200));

    // Partition 1 is idle when partition 0 is 36 h ahead of it; day 2 closes when partition 0 reaches day 3.
    expect(verdictsIn(outputs).map((verdict) => verdict.window_start)).toEqual([0, 1, 2].map(dayStart));
  });

  test('wait for a partition that is behind by less than the idle bound', () => {
    const state = aState(monitorOptions({ partitions: 2 }));
    state.addScores(1, [aRow()]);

    expect(
      state.addScores(
        0,
        rowsOf(2, 200).filter((row) => row.eventAtMs < START_MS + 35 * HOUR_MS),
      ),
    ).toEqual([]);
  });

  test('stay open for the allowed lateness; later rows are counted and reported by the next verdict', () => {
    const state = aState(monitorOptions({ latenessMs: 6 * HOUR_MS }));
    const rows = rowsOf(3, 200);
    const isNextMorning = (row: ScoredRow): boolean => row.eventAtMs < START_MS + DAY_MS + 5 * HOUR_MS;
    const morning = rows.filter(isNextMorning);
    const held = aRow({ offset: morning.length, transactionId: 'held', eventAtMs: START_MS + HOUR_MS });
    const rest = rows.filter((row) => !isNextMorning(row)).map((row) => ({ ...row, offset: row.offset + 1 }));
    const stray = aRow({ offset: 601, transactionId: 'stray', eventAtMs: START_MS });
    const end = aRow({ offset: 602, transactionId: 'end', eventAtMs: START_MS + 3 * DAY_MS });

    state.addScores(0, [...morning, held]);
    const first = state.addScores(0, rest);
    const second = state.addScores(0, [stray, { ...end, eventAtMs: end.eventAtMs + 6 * HOUR_MS }]);

    expect(verdictsIn(first)).toMatchObject([{ rows: 201, late_rows: 0 }, { rows: 200 }]);
    expect(verdictsIn(second)).toMatchObject([{ rows: 200, late_rows: 1 }]);
  });

  test('of rows without a valid time or features are never opened', () => {
    const state = aState();
    const withoutFeatures = { ...aRow({ offset: 1 }), features: undefined } as unknown as ScoredRow;

    state.addScores(0, [aRow({ eventAtMs: Number.NaN }), withoutFeatures]);

    expect(state.outcomes.refused).toBe(2);
    expect(state.times.newestMs).toBe(-Infinity);
  });
});

describe('a checkpoint', () => {
  const shiftedRows = rowsOf(9, 200, (day) => (day >= 4 ? 0.8 : 0));
  const labels = shiftedRows.filter((_, i) => i % 10 === 0).map((row, offset) => aLabel(row, { offset }));

  function fed(state: MonitorState, rows: readonly ScoredRow[], some: readonly LabelRow[]): MonitorOutput[] {
    return rows.flatMap((row, i) => {
      const outputs = state.addScores(0, [row]);
      state.addLabels(0, i % 10 === 0 ? some.slice(i / 10, i / 10 + 1) : []);
      return outputs;
    });
  }

  test('in the middle of a window does not change the following outputs by a byte', async () => {
    const whole = aState();
    const straight = fed(whole, shiftedRows, labels);
    const before = aState();
    const first = fed(before, shiftedRows.slice(0, 1_110), labels.slice(0, 111));

    const after = await unpackState(await packState(before), before.options);
    const second = fed(after, shiftedRows.slice(1_110), labels.slice(111));

    expect(JSON.stringify([...first, ...second])).toBe(JSON.stringify(straight));
    expect(requestsIn(straight)).not.toHaveLength(0);
    expect(JSON.stringify(after.toJson())).toBe(JSON.stringify(whole.toJson()));
  });

  test('from before a crash gives the lost outputs again under the same ids', async () => {
    const crashed = aState();
    const kept = fed(crashed, shiftedRows.slice(0, 700), labels);
    const blob = await packState(crashed);
    const lost = fed(crashed, shiftedRows.slice(700), labels.slice(70));

    const restarted = await unpackState(blob, crashed.options);
    const again = fed(restarted, shiftedRows.slice(700), labels.slice(70));

    expect(ids(kept)).not.toHaveLength(0);
    expect(ids(again)).toEqual(ids(lost));
  });

  test('makes repeated records have no effect', () => {
    const state = aState();
    fed(state, shiftedRows.slice(0, 700), labels);
    const before = JSON.stringify(state.toJson());

    const outputs = state.addScores(0, shiftedRows.slice(0, 700));
    state.addLabels(0, labels.slice(0, 70));

    expect(outputs).toEqual([]);
    expect(JSON.stringify(state.toJson())).toBe(before);
  });

  test('with other thresholds keeps windows and label join, and resets the evidence', async () => {
    const state = aState();
    fed(state, shiftedRows.slice(0, 1_100), labels);
    const before = state.versions[0];

    const options = monitorOptions({ drift: { ...state.options.drift, effectFloor: 0.03 }, maxVersions: 5 });
    const [after] = (await unpackState(await packState(state), options)).versions;

    expect(before?.evidence.alarms.input).toBeGreaterThan(0);
    expect(after?.evidence.alarms.input).toBe(0);
    expect(after).toMatchObject({ rows: before?.rows, openWindows: 1, joinCounters: before?.joinCounters });
    expect(after?.toJson().policy.lastRequestAtMs).toBe(before?.toJson().policy.lastRequestAtMs);
  });

  test('with other bounds that do not affect the evidence keeps all state', async () => {
    const state = aState();
    fed(state, shiftedRows.slice(0, 1_100), labels);

    const options = monitorOptions({ maxVersions: 5, sampleRows: 600, policy: { cooldownMs: DAY_MS } });
    const [after] = (await unpackState(await packState(state), options)).versions;

    expect(after?.evidence).toEqual(state.versions[0]?.evidence);
  });

  test('with another window length keeps its positions but none of its evidence', async () => {
    const state = aState();
    fed(state, shiftedRows.slice(0, 700), labels);

    const other = await unpackState(await packState(state), monitorOptions({ windowMs: 7 * DAY_MS }));

    expect(other.nextOffset('scores', 0)).toBe(700);
    expect(other.productionOf(MODEL)).toBe('1');
    expect(other.versions).toEqual([]);
  });
});

describe('retraining', () => {
  const shifted = rowsOf(12, 400, (day) => (day >= 5 ? 0.8 : 0));

  test('is not requested without a change, although KS flags some columns', () => {
    const outputs = aState().addScores(0, rowsOf(60, 400));
    const verdicts = verdictsIn(outputs);
    const flags = verdicts.flatMap(({ columns }) => columns.filter((column) => (column.ks_p_value ?? 1) < 0.05));

    expect(flags.length).toBeGreaterThan(0);
    expect(verdicts.filter((verdict) => verdict.alarm)).toEqual([]);
    expect(requestsIn(outputs)).toEqual([]);
  });

  test('is not requested after a single day with drift', () => {
    const outputs = aState().addScores(
      0,
      rowsOf(12, 400, (day) => (day === 5 ? 0.8 : 0)),
    );

    expect(verdictsIn(outputs).filter((verdict) => verdict.alarm)).toHaveLength(1);
    expect(requestsIn(outputs)).toEqual([]);
  });

  test('is requested after two days with drift, and again only after the cooldown', () => {
    const requests = requestsIn(aState().addScores(0, shifted));

    expect(requests.map((request) => request.window_start)).toEqual([dayStart(6), dayStart(9)]);
    expect(requests[0]).toMatchObject({
      reason: 'drift',
      model_version: '1',
      requested_by: 'drift-monitor',
      data_until: dayStart(7),
      evidence: { features: [{ name: 'amount' }] },
    });
  });

  test('request contains the drifted column and the evidence', () => {
    const alarmed = verdictsIn(aState().addScores(0, shifted)).find((verdict) => verdict.alarm);

    expect(alarmed?.drifted_columns).toEqual(['amount']);
    expect(alarmed?.evidence_log10).toBeGreaterThan(3);
    expect(alarmed?.score?.drifted).toBe(true);
  });

  test('is not requested for a shadow version', () => {
    const state = aState();
    state.loadProfile({ ...V1, version: '2' }, PROFILE);
    const rows = shifted.flatMap((row, i) => [
      { ...row, offset: 2 * i, version: '2', isChampion: false },
      { ...row, offset: 2 * i + 1 },
    ]);

    const requests = requestsIn(state.addScores(0, rows));

    expect(requests.map((request) => request.model_version)).toEqual(['1', '1']);
  });

  test('is requested for the serving version, although the registry promoted a version that the scorer refused', () => {
    const state = aState();
    state.setProduction(MODEL, '2');

    const [request] = requestsIn(state.addScores(0, shifted));

    expect(request).toMatchObject({ model_version: '1' });
    expect(state.servingOf(MODEL)).toBe('1');
  });

  test('request of one version starts the cooldown of the version that replaces it', () => {
    const state = aState();
    state.loadProfile({ ...V1, version: '2' }, PROFILE);
    const takeover = START_MS + 7 * DAY_MS;
    const rows = shifted.map((row) => (row.eventAtMs < takeover ? row : { ...row, version: '2' }));

    const first = requestsIn(
      state.addScores(
        0,
        rows.filter((row) => row.eventAtMs <= takeover),
      ),
    );
    const second = requestsIn(state.addScores(0, rows));

    expect(first.map((request) => request.window_start)).toEqual([dayStart(6)]);
    expect(second.map((request) => request.window_start)).toEqual([dayStart(9)]);
  });
});

describe('rows that cannot be evaluated', () => {
  test('of a version without a profile are counted, and its live performance is monitored', () => {
    const state = new MonitorState(monitorOptions());

    const outputs = state.addScores(0, rowsOf(5, 200));

    expect(verdictsIn(outputs)).toEqual([]);
    expect(state.outcomes.unprofiled).toBe(1_000);
    expect(outputs.map((output) => output.kind)).toContain('performance');
  });

  test('from before the end of the training data are counted but not evaluated', () => {
    const state = new MonitorState(monitorOptions());
    state.loadProfile(V1, aProfile(5_000, { data_until_ms: START_MS + 2 * DAY_MS }));

    const verdicts = verdictsIn(
      state.addScores(
        0,
        rowsOf(5, 200, (day) => (day < 2 ? 3 : 0)),
      ),
    );

    expect(state.outcomes.before_reference).toBe(401);
    expect(verdicts.map((verdict) => verdict.window_start)).toEqual([2, 3].map(dayStart));
    expect(verdicts.some((verdict) => verdict.alarm)).toBe(false);
  });

  test('of a window that the version covers only in part are reported without evidence', () => {
    const state = aState();
    state.loadProfile({ ...V1, version: '2' }, PROFILE);
    const takeover = START_MS + 12 * HOUR_MS;
    const rows = rowsOf(2, 400, () => 1).map((row) => ({ ...row, version: row.eventAtMs < takeover ? '1' : '2' }));

    const verdicts = verdictsIn(state.addScores(0, rows));

    expect(verdicts.map(({ model_version: version, rows: n, alarm }) => [version, n, alarm])).toEqual([
      ['1', 200, false],
      ['2', 200, false],
    ]);
  });

  test('a calendar feature is reported but gives no evidence in windows shorter than its period', () => {
    const options = monitorOptions({
      calendar: [{ name: 'amount', periodMs: 7 * DAY_MS }],
      policy: { drift: 'input' },
    });
    const verdicts = verdictsIn(
      aState(options).addScores(
        0,
        rowsOf(6, 400, () => 1),
      ),
    );

    const column = verdicts[0]?.columns.find(({ name }) => name === 'amount');
    expect(column?.psi).toBeGreaterThan(0.5);
    expect(column?.e_value).toBe(1);
    expect(verdicts.flatMap((verdict) => verdict.drifted_columns)).toEqual([]);
  });
});
