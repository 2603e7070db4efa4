import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DAY_MS } from '@fraudflow/core';
import { defaultDataDir, layoutOf } from '@fraudflow/local';
import { type SimulatedTransaction, TransactionSimulator } from '@fraudflow/simulator';
import { nativePlatform } from '@fraudflow/xgboost';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { learnCommand } from './learn.command.js';

const HEADER = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';
const FIRST_DAY = Date.UTC(2018, 3, 1);
const DAYS = 63;
const dayMs = (day: number): number => FIRST_DAY + day * DAY_MS;
const dayText = (day: number): string => new Date(dayMs(day)).toISOString().slice(0, 10);

let folder: string;
let rows: readonly SimulatedTransaction[];
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'learn-command-'));
  const simulator = new TransactionSimulator({
    seed: 5,
    customers: 300,
    terminals: 150,
    radius: 20,
    startAtMs: FIRST_DAY,
    compromisedTerminalsPerDay: 0.3,
    leakedCustomersPerDay: 1,
  });
  rows = Array.from({ length: DAYS }, () => simulator.nextDay().transactions).flat();
  file = fileOf('transactions.csv', rows);
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, transactions: readonly SimulatedTransaction[]): string {
  const lines = transactions.map((row) => {
    const at = new Date(row.occurredAtMs).toISOString().slice(0, 19).replace('T', ' ');
    const { transactionId, customerId, terminalId, amount, isFraud, scenario } = row;
    return `${transactionId},${at},${customerId},${terminalId},${amount},${Number(isFraud)},${scenario}`;
  });
  const path = join(folder, name);
  writeFileSync(path, [HEADER, ...lines, ''].join('\n'));
  return path;
}

function jsonFileOf(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const learn = (...args: readonly string[]) => learnUntil(new AbortController().signal, ...args);

async function learnUntil(interrupted: AbortSignal, ...args: readonly string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const exitCode = await runCli(['learn', ...args], [learnCommand], {
    env: {},
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted,
    mainScript: '',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

interface Interval {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

interface EvaluationJson {
  readonly file: { readonly name: string; readonly sha256: string };
  readonly rows: { readonly read: number; readonly newest_at: string; readonly skipped_after_end: number };
  readonly folds: readonly {
    readonly train: { readonly from: string; readonly to: string; readonly rows: number; readonly frauds: number };
    readonly test: { readonly from: string; readonly to: string; readonly rows: number; readonly frauds: number };
    readonly threshold: { readonly rule: string; readonly chosen_on: { readonly from: string; readonly to: string } };
    readonly metrics: Readonly<Record<string, Interval>>;
    readonly recall_by_scenario: Readonly<Record<string, number>>;
    readonly perfect_card_precision_100: number;
    readonly money: Readonly<Record<string, number>> | null;
    readonly sha256: Readonly<Record<'training_features' | 'training_data' | 'onnx', string>>;
  }[];
  readonly summary: Readonly<Record<string, { readonly mean: number; readonly sd: number | null }>>;
  readonly timing: object;
}

interface SearchJson {
  readonly best: { readonly id: number };
  readonly trials: readonly { readonly id: number; readonly scores: readonly { readonly fold: number }[] }[];
}

/** Training on days 35 to 41, test on days 49 to 55: seven days of the file are later. */
const FOLD = ['--train-start', dayText(35), '--train-days', '7', '--folds', '1', '--resamples', '40'];
const LOGISTIC = ['--learner', 'handbook-logistic'];

async function evaluate(path: string, ...args: readonly string[]): Promise<EvaluationJson> {
  const { exitCode, out, notes } = await learn('evaluate', '--transactions', path, '--json', '-', ...args);
  if (exitCode !== 0) throw new Error(notes);
  return JSON.parse(out) as EvaluationJson;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const flipped = (row: SimulatedTransaction): SimulatedTransaction => ({ ...row, isFraud: !row.isFraud });

describe('learn evaluate', () => {
  test('reports counts, ranges, metrics with intervals and hashes of each fold, and their mean', async () => {
    const { folds, summary } = await evaluate(file, ...FOLD, ...LOGISTIC, '--folds', '2');

    expect(folds).toHaveLength(2);
    const inTrain = rows.filter(({ occurredAtMs: at }) => at >= dayMs(42) && at < dayMs(49));
    expect(folds[1]).toMatchObject({
      train: { from: new Date(dayMs(42)).toISOString(), rows: inTrain.length },
      test: { from: new Date(dayMs(56)).toISOString(), to: new Date(dayMs(63)).toISOString() },
      threshold: { rule: 'max_f1', chosen_on: { to: new Date(dayMs(49)).toISOString() } },
      sha256: { onnx: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const precisions = folds.flatMap(({ metrics }) => metrics['average_precision'] ?? []);
    expect(precisions.every(({ value, lower, upper }) => value >= lower && value <= upper && lower < upper)).toBe(true);
    expect(summary['average_precision']?.mean).toBeCloseTo(meanOf(precisions.map(({ value }) => value)), 12);
    expect(summary['average_precision']?.sd).toBeGreaterThan(0);
  });

  test('states the card precision of a perfect ranking, which no model exceeds', async () => {
    const { folds } = await evaluate(file, ...FOLD, ...LOGISTIC);

    const perfect = folds[0]?.perfect_card_precision_100 ?? 0;
    expect(perfect).toBeGreaterThan(0);
    expect(folds[0]?.metrics['card_precision_100']?.value).toBeLessThanOrEqual(perfect);
  });

  test('states the recall of each kind of fraud among the test rows', async () => {
    const { folds } = await evaluate(file, ...FOLD, ...LOGISTIC);

    const [fold] = folds;
    const inTest = rows.filter(({ occurredAtMs: at, isFraud }) => isFraud && at >= dayMs(49) && at < dayMs(56));
    const kinds = new Set(inTest.map(({ scenario }) => String(scenario)));
    const recalls = Object.entries(fold?.recall_by_scenario ?? {});
    expect(recalls.length).toBeGreaterThan(1);
    expect(recalls.every(([kind, recall]) => kinds.has(kind) && recall >= 0 && recall <= 1)).toBe(true);
    expect(Math.min(...recalls.map(([, recall]) => recall))).toBeLessThanOrEqual(fold?.metrics['recall']?.value ?? 0);
  });

  test('gives the same JSON but for the times when it is repeated', async () => {
    const [one, other] = [await evaluate(file, ...FOLD, ...LOGISTIC), await evaluate(file, ...FOLD, ...LOGISTIC)];

    expect(JSON.stringify({ ...other, timing: null })).toBe(JSON.stringify({ ...one, timing: null }));
  });

  test('does not use labels that are unknown at go-live, nor later days', async () => {
    const known = await evaluate(file, ...FOLD, ...LOGISTIC);
    const goLiveMs = dayMs(49);
    const flippedUnknown = rows.map((row) => (row.occurredAtMs > goLiveMs - 7 * DAY_MS ? flipped(row) : row));
    const untilTest = rows.filter((row) => row.occurredAtMs < dayMs(56));

    const unknown = await evaluate(fileOf('unknown.csv', flippedUnknown), ...FOLD, ...LOGISTIC);
    const shorter = await evaluate(fileOf('shorter.csv', untilTest), ...FOLD, ...LOGISTIC);

    expect(unknown.folds[0]?.sha256).toEqual(known.folds[0]?.sha256);
    expect(unknown.folds[0]?.metrics).not.toEqual(known.folds[0]?.metrics);
    expect(shorter.folds).toEqual(known.folds);
    expect(known.rows.skipped_after_end).toBe(rows.length - untilTest.length);
    expect(Date.parse(known.rows.newest_at)).toBeLessThan(dayMs(56));
    expect(known.file.sha256).not.toBe(shorter.file.sha256);
  });

  test('uses every older label: one of a training row changes the model, one before them also its features', async () => {
    const { sha256 } = (await evaluate(file, ...FOLD, ...LOGISTIC)).folds[0] ?? {};
    const flipAt = (day: number) => {
      const at = rows.findIndex((row) => row.occurredAtMs >= dayMs(day));
      return rows.map((row, index) => (index === at ? flipped(row) : row));
    };

    const inTraining = (await evaluate(fileOf('a.csv', flipAt(41)), ...FOLD, ...LOGISTIC)).folds[0]?.sha256;
    const before = (await evaluate(fileOf('b.csv', flipAt(25)), ...FOLD, ...LOGISTIC)).folds[0]?.sha256;

    expect(inTraining?.onnx).not.toBe(sha256?.onnx);
    expect(inTraining?.training_features).toBe(sha256?.training_features);
    expect(before?.onnx).not.toBe(sha256?.onnx);
    expect(before?.training_features).not.toBe(sha256?.training_features);
  });

  test('chooses the threshold by costs and reports money', async () => {
    const costs = jsonFileOf('costs.json', { missedFraud: 'amount', falseAlarm: 5 });

    const { folds } = await evaluate(file, ...FOLD, ...LOGISTIC, '--costs', costs);

    expect(folds[0]?.threshold.rule).toBe('cost');
    expect(folds[0]?.money?.['missed_amount']).toBeGreaterThanOrEqual(0);
    expect(folds[0]?.money?.['caught_amount']).toBeGreaterThan(0);
  });

  test('prints a table and writes the JSON to a file', async () => {
    const path = join(folder, 'out.json');

    const { exitCode, out } = await learn('evaluate', '--transactions', file, ...FOLD, ...LOGISTIC, '--json', path);

    expect(exitCode).toBe(0);
    expect(out).toContain('CP@100 of a perfect ranking');
    expect(out).toContain(`${dayText(49)} to ${dayText(55)}`);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveProperty('folds');
  });
});

const nativeDir = dirname(layoutOf(defaultDataDir()).native);
const hasLibrary = existsSync(join(nativeDir, nativePlatform().key, nativePlatform().xgboostFile));

describe.skipIf(!hasLibrary)(
  'learn search (else skipped: set-up puts the native library into .fraudflow/native)',
  () => {
    const search = (path: string, out: string, ...args: readonly string[]) => {
      const folds = ['--train-days', '7', '--folds', '2', '--feature-service', 'fraud_detection_features'];
      const until = ['--until', dayText(56), '--trials', '3', '--seed', '1'];
      return learn(
        'search',
        '--transactions',
        path,
        ...folds,
        ...until,
        '--out',
        join(folder, out),
        '--json',
        '-',
        ...args,
      );
    };

    test('writes settings that depend only on rows before --until, and that learn evaluate accepts', async () => {
      const changed = rows.map((row) => (row.occurredAtMs >= dayMs(56) ? flipped(row) : row));

      const one = await search(file, 'one.json');
      const other = await search(fileOf('changed.csv', changed), 'other.json');
      const settings = readFileSync(join(folder, 'one.json'), 'utf8');
      const judged = await evaluate(file, ...FOLD, '--settings', join(folder, 'one.json'));

      const [result, repeated] = [one, other].map(({ out }) => JSON.parse(out) as Record<string, unknown>);
      expect(one.exitCode).toBe(0);
      expect(readFileSync(join(folder, 'other.json'), 'utf8')).toBe(settings);
      expect(repeated).toEqual({ ...result, file: expect.anything(), timing: expect.anything() });
      expect(result).toMatchObject({ stopped_early: false, best: { settings: JSON.parse(settings) } });
      expect(judged).toMatchObject({ recipe: { settings: JSON.parse(settings) } });
    });

    test('scores trials on the newest folds first, and the winner on all', async () => {
      const { out } = await search(file, 'two.json');

      const { best, trials } = JSON.parse(out) as SearchJson;
      expect(trials.map(({ scores }) => scores[0]?.fold)).toEqual([2, 2, 2]);
      expect(trials.find(({ id }) => id === best.id)?.scores).toHaveLength(2);
    });
  },
);

test('an interrupted command writes nothing and exits with 130', async () => {
  const path = join(folder, 'interrupted.json');

  const args = ['evaluate', '--transactions', file, ...FOLD, ...LOGISTIC, '--json', path];
  const { exitCode, notes } = await learnUntil(AbortSignal.abort('SIGINT'), ...args);

  expect(exitCode).toBe(130);
  expect(notes).toBe('interrupted: no result was written');
  expect(existsSync(path)).toBe(false);
});

describe('data that a model cannot be judged on', () => {
  const failure = (path: string, ...args: readonly string[]) =>
    learn('evaluate', '--transactions', path, ...LOGISTIC, ...FOLD, ...args);

  test('a history shorter than the folds is reported with its days and the days needed', async () => {
    const { exitCode, notes } = await failure(file, '--folds', '3');

    expect(exitCode).toBe(1);
    expect(notes).toContain(
      `has ${dayText(0)} to ${dayText(DAYS - 1)}, the folds need ${dayText(35)} to ${dayText(69)}`,
    );
  });

  test('a test day without rows is named', async () => {
    const gap = rows.filter(({ occurredAtMs: at }) => at < dayMs(51) || at >= dayMs(52));

    expect(await failure(fileOf('gap.csv', gap))).toMatchObject({
      exitCode: 1,
      notes: expect.stringContaining(`test day ${dayText(51)} of fold 1 has no rows`),
    });
  });

  test('a range without fraud, and one with too few, is named', async () => {
    const honest = rows.map((row) => ({ ...row, isFraud: false }));
    const frauds = rows.filter((row) => row.isFraud && row.occurredAtMs >= dayMs(35) && row.occurredAtMs < dayMs(42));
    const kept = new Set(frauds.slice(0, 3));
    const three = rows.map((row) => (row.occurredAtMs < dayMs(42) ? { ...row, isFraud: kept.has(row) } : row));

    expect((await failure(fileOf('honest.csv', honest))).notes).toContain('the training range of fold 1 has no fraud');
    expect((await failure(fileOf('three.csv', three))).notes).toMatch(
      /training range of fold 1 has 3 frauds, at least/,
    );
  });

  test('a constant column is named', async () => {
    const same = rows.map((row) => ({ ...row, amount: 10 }));

    const { exitCode, notes } = await failure(fileOf('same.csv', same));

    expect(exitCode).toBe(1);
    expect(notes).toContain('tx_amount (10 in every row)');
  });
});

describe('wrong options', () => {
  test('are all named in one error with exit code 2', async () => {
    const settings = jsonFileOf('settings.json', { iterations: 3 });
    const args = ['--train-days', '0', '--folds', 'two', '--learner', 'forest', '--feature-service', 'none'];

    const { exitCode, notes } = await learn('evaluate', ...args, '--json', '/nonexistent/out.json');
    const ofSettings = await learn('evaluate', '--transactions', file, ...FOLD, ...LOGISTIC, '--settings', settings);

    expect(exitCode).toBe(2);
    for (const option of ['--transactions', '--train-start', '--train-days', '--folds', '--learner']) {
      expect(notes).toContain(`${option}: `);
    }
    expect(notes).toContain('--feature-service: feature service "none" does not exist');
    expect(notes).toContain('--json: the folder /nonexistent does not exist');
    expect(ofSettings).toMatchObject({ exitCode: 2, notes: expect.stringContaining('--settings: ') });
    expect(ofSettings.notes).toContain('iterations');
  });

  test.each([
    ['2018-02-31', 'must be a day such as 2018-07-25'],
    ['2018-07-25T12:00:00Z', 'must be a day such as 2018-07-25'],
  ])('a training start of %s is refused', async (day, message) => {
    const { exitCode, notes } = await learn('evaluate', '--transactions', file, '--train-start', day);

    expect(exitCode).toBe(2);
    expect(notes).toContain(`--train-start: ${message}`);
  });

  test('of a search are named together', async () => {
    const { exitCode, notes } = await learn(
      'search',
      '--transactions',
      file,
      '--trials',
      '1',
      '--learner',
      LOGISTIC[1] ?? '',
    );

    expect(exitCode).toBe(2);
    for (const option of ['--until', '--trials', '--learner', '--out']) expect(notes).toContain(`${option}: `);
    expect(existsSync(join(folder, 'settings-of-search.json'))).toBe(false);
  });
});
