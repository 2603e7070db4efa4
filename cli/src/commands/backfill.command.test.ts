import { featuresV1 } from '@fraudflow/contracts';
import { failedPrecondition, notFound } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import { afterEach, expect, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { backfillCommand } from './backfill.command.js';

const { BACKFILL_STATE_ACTIVE, BACKFILL_STATE_CANCELLED, BACKFILL_STATE_FAILED, BACKFILL_STATE_RUNNING } =
  featuresV1.BackfillState;

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function aBackfill(fields: Partial<featuresV1.Backfill> = {}): featuresV1.Backfill {
  return featuresV1.Backfill.create({
    id: 'b1',
    featureService: 'v2',
    featureServiceVersion: 2,
    state: BACKFILL_STATE_RUNNING,
    fromMs: Date.UTC(2026, 0, 1),
    toMs: Date.UTC(2026, 1, 1),
    rowsTotal: 200,
    ...fields,
  });
}

interface Answers {
  /** States of the backfill in the order of the polls; the last one is repeated. */
  readonly states?: readonly featuresV1.Backfill[];
  readonly cancelled?: featuresV1.Backfill;
  readonly isNothingToDo?: boolean;
  readonly onPoll?: () => void;
}

/** A feature store with one backfill. @returns its address */
async function aStore({ states = [], cancelled, isNothingToDo = false, onPoll }: Answers = {}): Promise<string> {
  const server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  const refuse = server.unary<object, object>('Other', () => Promise.reject(new Error('not used in this test')));
  const left = [...states];
  server.add(featuresV1.FeatureStoreServiceService, {
    ...Object.fromEntries(Object.keys(featuresV1.FeatureStoreServiceService).map((name) => [name, refuse])),
    startBackfill: server.unary('StartBackfill', async ({ featureService }: featuresV1.StartBackfillRequest) => {
      if (isNothingToDo) throw failedPrecondition('nothing lacks', { code: 'NOTHING_TO_BACKFILL' });
      if (featureService !== 'v2') throw notFound(`feature service "${featureService}" does not exist; known: v2`);
      return { backfill: aBackfill() };
    }),
    getBackfill: server.unary('GetBackfill', async () => {
      onPoll?.();
      return { backfill: left.length > 1 ? left.shift() : left[0] };
    }),
    listBackfills: server.unary('ListBackfills', async () => ({ backfills: states })),
    cancelBackfill: server.unary('CancelBackfill', async ({ id }: featuresV1.CancelBackfillRequest) => {
      if (cancelled === undefined) throw notFound(`backfill "${id}" does not exist`, { code: 'BACKFILL_UNKNOWN' });
      return { backfill: cancelled };
    }),
  });
  const port = await server.listen('127.0.0.1:0');
  open.push(() => server.stop(100));
  return `127.0.0.1:${port}`;
}

async function run(args: readonly string[], interrupted = new AbortController().signal) {
  const [out, notes]: [string[], string[]] = [[], []];
  const exitCode = await runCli(['features', ...args], [backfillCommand], {
    env: { FRAUDFLOW_DATA_DIR: '/nonexistent/fraudflow' },
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted,
    mainScript: '',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

test('a backfill is watched until its values are in use', async () => {
  const done = aBackfill({ state: BACKFILL_STATE_ACTIVE, rowsDone: 200 });
  const address = await aStore({ states: [aBackfill({ rowsDone: 100 }), done] });

  expect(await run(['backfill', 'v2', '--address', address])).toEqual({
    exitCode: 0,
    out: 'backfill b1: 200 rows; training sets of v2 take its values',
    notes: '',
  });
});

test('with --json the final state of the backfill is printed as JSON', async () => {
  const address = await aStore({ states: [aBackfill({ state: BACKFILL_STATE_ACTIVE, rowsDone: 200 })] });

  const { out } = await run(['backfill', 'v2', '--address', address, '--json']);

  expect(JSON.parse(out)).toEqual({
    id: 'b1',
    feature_service: 'v2',
    feature_service_version: 2,
    state: 'active',
    from_ms: Date.UTC(2026, 0, 1),
    to_ms: Date.UTC(2026, 1, 1),
    watermark_ms: 0,
    rows_done: 200,
    rows_total: 200,
    problem: '',
  });
});

test.each([
  [aBackfill({ state: BACKFILL_STATE_FAILED, problem: 'came too late' }), 'backfill b1 of v2 failed: came too late'],
  [aBackfill({ state: BACKFILL_STATE_CANCELLED }), 'backfill b1 of v2 was cancelled'],
])('a backfill that ends otherwise exits with 1, with the reason and the next step: %#', async (ended, message) => {
  const address = await aStore({ states: [ended] });

  const { exitCode, notes } = await run(['backfill', 'v2', '--address', address]);

  expect(exitCode).toBe(1);
  expect(notes).toContain(message);
  expect(notes).toContain('begin again with ./fraudflow features backfill v2');
});

test('after an interrupt it continues, and the message states how to watch it again', async () => {
  const abort = new AbortController();
  const address = await aStore({ states: [aBackfill()], onPoll: () => abort.abort() });

  const { exitCode, out } = await run(['backfill', 'v2', '--address', address], abort.signal);

  expect(exitCode).toBe(0);
  expect(out).toContain('backfill b1 continues in the feature store');
  expect(out).toContain('./fraudflow features backfills');
});

test('without waiting it returns immediately', async () => {
  const address = await aStore();

  const { exitCode, out } = await run(['backfill', 'v2', '--address', address, '--no-wait', '--json']);

  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ id: 'b1', state: 'running' });
});

test('if no row lacks a feature there is nothing to do, and the exit code is 0', async () => {
  const address = await aStore({ isNothingToDo: true });

  expect(await run(['backfill', 'v2', '--address', address])).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('every stored row has all features of v2'),
  });
  expect((await run(['backfill', 'v2', '--address', address, '--json'])).out).toBe('null');
});

test('all backfills are listed, as text and as JSON', async () => {
  const address = await aStore({ states: [aBackfill({ rowsDone: 50 })] });

  const table = await run(['backfills', '--address', address]);
  const json = await run(['backfills', '--address', address, '--json']);

  expect(table.out).toMatch(/b1 +v2 +running +25\.0 % +200 +2026-01-01 00:00:00Z/);
  expect(JSON.parse(json.out)).toMatchObject({ backfills: [{ id: 'b1', rows_done: 50 }] });
  expect((await run(['backfills', '--address', await aStore()])).out).toBe('no backfills');
});

test('a running backfill is cancelled; for an ended or unknown one the exit code is 1', async () => {
  const cancelled = await aStore({ cancelled: aBackfill({ state: BACKFILL_STATE_CANCELLED }) });
  const ended = await aStore({ cancelled: aBackfill({ state: BACKFILL_STATE_ACTIVE }) });

  expect(await run(['backfill-cancel', 'b1', '--address', cancelled])).toMatchObject({ exitCode: 0 });
  expect(await run(['backfill-cancel', 'b1', '--address', ended])).toMatchObject({
    exitCode: 1,
    notes: expect.stringContaining('b1 is active'),
  });
  expect(await run(['backfill-cancel', 'b9', '--address', await aStore()])).toMatchObject({
    exitCode: 1,
    notes: expect.stringContaining('./fraudflow features backfills lists them'),
  });
});

test('without a running stack, for an unknown service and for an unreachable store, the error states the next step', async () => {
  expect(await run(['backfills'])).toMatchObject({ exitCode: 1, notes: expect.stringContaining('./fraudflow up') });
  expect(await run(['backfill', 'v9', '--address', await aStore()])).toMatchObject({
    exitCode: 1,
    notes: expect.stringContaining('known: v2'),
  });
  expect(await run(['backfills', '--address', '127.0.0.1:1'])).toMatchObject({
    exitCode: 1,
    notes: expect.stringContaining('no feature store answers at 127.0.0.1:1'),
  });
});
