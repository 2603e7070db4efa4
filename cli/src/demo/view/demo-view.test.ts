import { expect, test } from 'vitest';
import { LiveView, PlainView } from './demo-view.js';
import { PhaseBoard } from './phase-board.js';
import { renderStatus, renderView } from './render-view.js';
import { EMPTY_VIEW, type ViewState } from './view-state.js';

function aState(change: Partial<ViewState> = {}): ViewState {
  return {
    ...EMPTY_VIEW,
    phases: [
      { name: 'setup', seconds: 9.04, isDone: true, share: undefined, detail: '' },
      { name: 'history', seconds: 12, isDone: false, share: 0.5, detail: 'day 30 of 60' },
    ],
    lag: 1_234,
    eventToScoreMs: { p50: 8.26, p99: 1_500 },
    activeModel: 'version 1',
    drift: { windows: 3, alarms: 1, retrainingEvents: 1, evidenceLog10: 4.26, driftedColumns: ['tx_amount'] },
    ...change,
  };
}

test('the screen shows phases, progress, latencies, model and drift evidence', () => {
  const text = renderView(aState()).join('\n');

  expect(text).toMatch(/✓ start Kafka.* 9\.0 s/);
  expect(text).toMatch(/▶ \(a\) history.* 12\.0 s {2}█{12}░{12} day 30 of 60/);
  expect(text).toContain('p50 8.3 ms p99 1,500 ms    lag 1,234');
  expect(text).toContain('active model version 1');
  expect(text).toContain('3 windows, 1 alarms, 1 retraining events, evidence 10^4.3 in tx_amount');
});

test('figures that are not measured yet are shown as dashes, never as NaN', () => {
  const text = [...renderView(EMPTY_VIEW), renderStatus(EMPTY_VIEW)].join('\n');

  expect(text).toContain('p50 – p99 –');
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
});

test('a log line has the same figures in one line', () => {
  expect(renderStatus(aState())).toContain('history 50% (day 30 of 60) | in 0/s');
});

test('the live view moves the cursor back by the lines it drew and truncates long lines', () => {
  const written: string[] = [];
  const view = new LiveView({ columns: 20, write: (text) => written.push(text) });

  view.update(aState());
  const lines = (written[1] ?? '').split('\n').length - 1;
  view.note('x'.repeat(100));
  view.close();

  expect(written[2]).toContain(`\x1b[${lines}A`);
  expect(written[2]).toContain(`· ${'x'.repeat(17)}\n`);
  expect(written.at(-1)).toBe('\x1b[?25h');
});

test('the plain view prints each phase once at its begin and once at its end, and a status at intervals', () => {
  const written: string[] = [];
  let nowMs = 0;
  const view = new PlainView({ write: (text) => written.push(text) }, () => nowMs);

  for (nowMs = 0; nowMs <= 6_000; nowMs += 500) view.update(aState());
  view.note('hello');

  expect(written.filter((line) => line.startsWith('begin'))).toHaveLength(2);
  expect(written.filter((line) => line.startsWith('done'))).toHaveLength(1);
  expect(written.filter((line) => line.includes('event→score'))).toHaveLength(1);
  expect(written.at(-1)).toBe('      hello\n');
});

test('a phase board measures each phase and ends it when the next one begins', () => {
  let nowMs = 0;
  const board = new PhaseBoard(() => nowMs);
  board.begin('setup');
  nowMs = 2_000;
  board.begin('history');
  board.progress(0.25, 'day 1');
  nowMs = 5_040;

  const [setup, history] = board.states();

  expect(setup).toMatchObject({ isDone: true, seconds: 2 });
  expect(history).toMatchObject({ isDone: false, share: 0.25, detail: 'day 1' });
  expect(board.seconds()).toEqual({ setup: 2, history: 3 });
  expect([board.sinceMs('history'), board.sinceMs('drift')]).toEqual([3_040, 0]);
});
