import { type FeatureServiceDefinition, featureServiceByName, COMPUTED_FEATURES } from '@fraudflow/features';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { type OfflineDatabase, offlineDatabase } from '../../test/offline-database.js';
import { LOG_START_MS, type SimulatedLog, simulatedLog } from '../../test/simulated-log.js';
import { PostgresBackfillStore } from './adapters/postgres-backfill-store.js';
import { PostgresHistory } from './adapters/postgres-history.js';
import { PostgresOfflineStore } from './adapters/postgres-offline-store.js';
import type { Backfill, BackfillStore } from '../backfill/backfill-store.port.js';
import { Backfills } from '../backfill/backfills.js';
import { HistoryReplay } from './history/history-replay.js';
import type { TrainingRow } from './history/history.port.js';

const DAY_MS = 86_400_000;
const KEPT = 9;
const WAIT = { timeout: 30_000 };
const RANGE = { fromMs: LOG_START_MS - 9 * DAY_MS, toMs: LOG_START_MS + 400 * DAY_MS, asOfMs: LOG_START_MS };
const service = featureServiceByName('fraud_detection_features_v2');
const { signal } = new AbortController();

let database: OfflineDatabase;
let pool: pg.Pool;
let history: PostgresHistory;
let started: Backfills[] = [];
let failures: Error[] = [];

beforeAll(async () => {
  database = await offlineDatabase(inject('postgresUrl'));
  ({ pool } = database);
  history = new PostgresHistory(pool);
});
afterAll(() => database.close());
beforeEach(async () => {
  failures = [];
  await pool.query(
    'TRUNCATE offline.feature_rows, offline.labels, offline.sink_offsets, offline.active_backfills, offline.backfills',
  );
});
afterEach(async () => {
  await Promise.all(started.map((backfills) => backfills.stop()));
  started = [];
});

/** Retries almost immediately. */
const FAST_RETRIES = { attempts: 3, firstDelayMs: 1, longestDelayMs: 20 };

function someBackfills(store: BackfillStore = new PostgresBackfillStore(pool), retryPolicy = FAST_RETRIES): Backfills {
  const events = {
    backfillEnded: () => undefined,
    backfillInterrupted: (_id: string, error: Error) => failures.push(error),
  };
  const made = new Backfills(store, new HistoryReplay(history), events, retryPolicy);
  started.push(made);
  return made;
}

/** Stores a log as if all features but the first few had been defined later. */
async function storeOldRows(log: SimulatedLog): Promise<void> {
  const loader = new PostgresOfflineStore(pool, { idIndexFailed: () => undefined });
  const move = { topic: 'features', partition: 0, from: 0, next: log.features.length };
  await loader.load([{ move, features: log.features, labels: log.labels }]);
  const kept = COMPUTED_FEATURES.slice(0, KEPT).map(({ name }) => name);
  await pool.query('INSERT INTO offline.feature_layouts (names) VALUES ($1) ON CONFLICT DO NOTHING', [kept]);
  await pool.query(
    `UPDATE offline.feature_rows SET features = features[1:${KEPT}],
       layout = (SELECT layout FROM offline.feature_layouts WHERE names = $1)`,
    [kept],
  );
}

async function rows(of: FeatureServiceDefinition = service): Promise<readonly TrainingRow[]> {
  const all: TrainingRow[] = [];
  const names = of.features.map(({ name }) => name);
  for await (const batch of history.trainingRows(RANGE, names, signal)) all.push(...batch);
  return all;
}

function wrong(all: readonly TrainingRow[], log: SimulatedLog): readonly string[] {
  const expected = new Map(log.features.map((row) => [`${row.log.partition}:${row.log.offset}`, row.vector]));
  return all
    .filter((row) => {
      const vector = expected.get(`${row.logPartition}:${row.logOffset}`) ?? new Float64Array();
      return row.values.some((value, slot) => !Object.is(value, vector[slot]));
    })
    .map((row) => row.transactionId);
}

async function finished(backfills: Backfills, { id }: Backfill): Promise<Backfill> {
  await backfills.settled(id);
  return backfills.get(id);
}

test('training sets include a feature defined later once its backfill is complete, with the values of the stream', async () => {
  const log = simulatedLog({ seed: 31, transactions: 900, lateShare: 0.1 });
  await storeOldRows(log);
  const backfills = someBackfills();
  const before = await rows();

  const ended = await finished(backfills, await backfills.start(service));
  const after = await rows();

  expect(before.every((row) => Number.isNaN(row.values[KEPT]))).toBe(true);
  expect(failures).toEqual([]);
  expect(ended).toMatchObject({ state: 'active', rowsDone: 900, rowsTotal: 900 });
  expect(wrong(after, log)).toEqual([]);
  expect(
    await history.lacksFeatures(
      RANGE,
      service.features.map(({ name }) => name),
    ),
  ).toBe(false);
});

/** Fails after `savesLeft` saves without any cleanup, like a killed worker. */
class DyingStore extends PostgresBackfillStore {
  constructor(
    database: pg.Pool,
    private savesLeft: number,
  ) {
    super(database);
  }

  override async save(...args: Parameters<PostgresBackfillStore['save']>): Promise<Backfill> {
    if (this.savesLeft-- <= 0) throw new Error('killed');
    const [backfill, all] = args;
    // Saves half of the rows, so that the worker dies between two saves.
    const half = Math.floor(all.length / 2);
    const middle = all[half]?.place as { readonly orderMs?: number } | undefined;
    const first = all.filter(({ place }) => ((place as { orderMs?: number }).orderMs ?? 0) < (middle?.orderMs ?? 0));
    return first.length === 0 ? super.save(...args) : super.save(backfill, first, (middle?.orderMs ?? 0) - 1);
  }
}

test('another worker resumes the backfill of a dead worker from its watermark, and each value is written once', async () => {
  const log = simulatedLog({ seed: 33, transactions: 900, lateShare: 0.1 });
  await storeOldRows(log);
  const dying = someBackfills(new DyingStore(pool, 1), {
    ...FAST_RETRIES,
    firstDelayMs: 60_000,
    longestDelayMs: 60_000,
  });
  const begun = await dying.start(service);
  await vi.waitFor(() => expect(failures).toHaveLength(1), WAIT);
  await dying.stop();
  const left = await dying.get(begun.id);

  const next = someBackfills();
  await next.resume();
  const ended = await finished(next, begun);

  expect(left.state).toBe('running');
  expect(left.rowsDone).toBeGreaterThan(0);
  expect(left.rowsDone).toBeLessThan(900);
  expect(ended).toMatchObject({ state: 'active', rowsDone: 900 });
  expect(wrong(await rows(), log)).toEqual([]);
});

/** Fails the first `failuresLeft` saves, as if the connection broke. */
class FailingStore extends PostgresBackfillStore {
  constructor(
    database: pg.Pool,
    private failuresLeft: number,
  ) {
    super(database);
  }

  override async save(...args: Parameters<PostgresBackfillStore['save']>): Promise<Backfill> {
    if (this.failuresLeft-- > 0) throw new Error('the connection broke');
    return super.save(...args);
  }
}

test('a transient error is reported and the backfill is retried', async () => {
  const log = simulatedLog({ seed: 41, transactions: 300, lateShare: 0.1 });
  await storeOldRows(log);
  const backfills = someBackfills(new FailingStore(pool, FAST_RETRIES.attempts - 1));

  const ended = await finished(backfills, await backfills.start(service));

  expect(failures).toHaveLength(FAST_RETRIES.attempts - 1);
  expect(ended).toMatchObject({ state: 'active', rowsDone: 300, problem: '' });
  expect(wrong(await rows(), log)).toEqual([]);
});

test('a permanent error ends the backfill as failed with the reason, and a new one can be started', async () => {
  await storeOldRows(simulatedLog({ seed: 43, transactions: 300, lateShare: 0 }));
  const backfills = someBackfills(new FailingStore(pool, FAST_RETRIES.attempts));
  const first = await backfills.start(service);

  const ended = await finished(backfills, first);
  const next = await finished(backfills, await backfills.start(service));

  expect(failures).toHaveLength(FAST_RETRIES.attempts);
  expect(ended).toMatchObject({ state: 'failed', problem: 'the connection broke' });
  expect(next).toMatchObject({ state: 'active', rowsDone: 300 });
});

/** Also fails the first attempt to mark a backfill as failed. */
class UnavailableStore extends FailingStore {
  private isUnavailable = true;

  override async end(...args: Parameters<PostgresBackfillStore['end']>): Promise<Backfill> {
    if (!this.isUnavailable) return super.end(...args);
    this.isUnavailable = false;
    throw new Error('the database is unavailable');
  }
}

test('a database outage longer than all attempts does not end a backfill', async () => {
  await storeOldRows(simulatedLog({ seed: 45, transactions: 300, lateShare: 0 }));
  const backfills = someBackfills(new UnavailableStore(pool, FAST_RETRIES.attempts));

  const ended = await finished(backfills, await backfills.start(service));

  expect(failures.map(({ message }) => message)).toContain('the database is unavailable');
  expect(ended).toMatchObject({ state: 'active', rowsDone: 300 });
});

test('a waiting worker continues the backfill when the active worker has ended', async () => {
  await storeOldRows(simulatedLog({ seed: 47, transactions: 300, lateShare: 0 }));
  const store = new PostgresBackfillStore(pool);
  const begun = await store.begin(service);
  const release = await store.claim(begun.id);
  const backfills = someBackfills();
  await backfills.resume();

  const held = await backfills.get(begun.id);
  await release?.();
  const ended = await finished(backfills, begun);

  expect(held).toMatchObject({ state: 'running', rowsDone: 0 });
  expect(ended).toMatchObject({ state: 'active', rowsDone: 300 });
});

test('starting a backfill that is already running returns the running one', async () => {
  await storeOldRows(simulatedLog({ seed: 35, transactions: 300, lateShare: 0 }));
  const [one, other] = [someBackfills(), someBackfills()];

  const [first, second] = await Promise.all([one.start(service), other.start(service)]);
  await Promise.all([one.settled(first.id), other.settled(first.id)]);

  expect(second.id).toBe(first.id);
  expect((await one.get(first.id)).state).toBe('active');
});

test('a cancelled backfill leaves no values and does not become active', async () => {
  await storeOldRows(simulatedLog({ seed: 37, transactions: 300, lateShare: 0 }));
  const store = new PostgresBackfillStore(pool);
  const begun = await store.begin(service);
  const backfills = someBackfills(store);

  const cancelled = await backfills.cancel(begun.id);

  expect(cancelled.state).toBe('cancelled');
  await expect(store.save(begun, [], begun.fromMs)).rejects.toMatchObject({ code: 'BACKFILL_MOVED' });
  expect((await rows()).every((row) => Number.isNaN(row.values[KEPT]))).toBe(true);
  expect((await pool.query(`SELECT to_regclass('offline.backfill_values_${begun.id}') AS t`)).rows).toEqual([
    { t: null },
  ]);
});

test('a complete history needs no backfill, and unknown backfills are not found', async () => {
  const store = new PostgresBackfillStore(pool);

  await expect(store.begin(service)).rejects.toMatchObject({ code: 'NOTHING_TO_BACKFILL' });
  await expect(store.get('beef')).rejects.toMatchObject({ code: 'BACKFILL_UNKNOWN' });
});
