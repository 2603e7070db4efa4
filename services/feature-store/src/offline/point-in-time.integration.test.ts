import { featureServiceByName, COMPUTED_FEATURES } from '@fraudflow/features';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { aFeatureRow, aLabelRow, type OfflineDatabase, offlineDatabase } from '../../test/offline-database.js';
import { chance, LOG_START_MS, type SimulatedLog, simulatedLog } from '../../test/simulated-log.js';
import type { PushedRowArchive } from '../pushed/pushed-row-archive.port.js';
import { PostgresHistory } from './adapters/postgres-history.js';
import { PostgresOfflineStore } from './adapters/postgres-offline-store.js';
import { HistoryReplay } from './history/history-replay.js';
import type { TrainingRow } from './history/history.port.js';
import { PointInTimeFeatures } from './point-in-time/point-in-time-features.js';
import { PushedFeatures } from './point-in-time/pushed-features.js';
import { TrainingSets, type TrainingSource } from './training-sets/training-sets.js';

const DAY_MS = 86_400_000;
const service = featureServiceByName('fraud_detection_features_v2');
const RANGE = {
  fromMs: LOG_START_MS - 3 * DAY_MS,
  toMs: LOG_START_MS + 400 * DAY_MS,
  asOfMs: LOG_START_MS + 400 * DAY_MS,
};
const { signal } = new AbortController();
const noPushes = { rowsOf: () => [] } as unknown as PushedRowArchive;

let database: OfflineDatabase;
let pool: pg.Pool;
let sets: TrainingSets;
let features: PointInTimeFeatures;

beforeAll(async () => {
  database = await offlineDatabase(inject('postgresUrl'));
  ({ pool } = database);
  const history = new PostgresHistory(pool);
  const replay = new HistoryReplay(history);
  sets = new TrainingSets(history, replay);
  features = new PointInTimeFeatures(history, replay, new PushedFeatures(noPushes));
});
afterAll(() => database.close());
beforeEach(() => pool.query('TRUNCATE offline.feature_rows, offline.labels, offline.sink_offsets'));

/** Stores a log like the workers: partition by partition, in arbitrary order. */
async function store(log: SimulatedLog): Promise<void> {
  const loader = new PostgresOfflineStore(pool, { idIndexFailed: () => undefined });
  for (const partition of [2, 0, 1]) {
    const rows = log.features.filter((row) => row.log.partition === partition);
    const labels = log.labels.filter((row) => row.log.partition === partition);
    const move = { topic: 'features', partition, from: 0, next: rows.length };
    await loader.load([{ move, features: rows, labels }]);
  }
}

async function read(source: TrainingSource, range = RANGE): Promise<{ rows: readonly TrainingRow[]; version: string }> {
  const set = await sets.open({ service, ...range, source });
  const rows: TrainingRow[] = [];
  for await (const batch of set.rows(signal)) rows.push(...batch);
  return { rows, version: set.version() };
}

const valuesByPlace = (log: SimulatedLog): ReadonlyMap<string, readonly number[]> =>
  new Map(log.features.map((row) => [`${row.log.partition}:${row.log.offset}`, Array.from(row.vector)]));

/** Transaction ids and feature names of values that differ from the expected ones. */
function different(rows: readonly TrainingRow[], expected: ReadonlyMap<string, readonly number[]>): readonly string[] {
  return rows.flatMap((row) => {
    const values = expected.get(`${row.logPartition}:${row.logOffset}`) ?? [];
    const wrong = service.features.filter((_feature, slot) => !Object.is(values[slot], row.values[slot]));
    return wrong.map(({ name }) => `${row.transactionId} ${name}`);
  });
}

test.each([
  ['in order', 0],
  ['with late transactions', 0.15],
])('recomputing a history %s returns every value as it was served', async (_name, lateShare) => {
  const log = simulatedLog({ seed: 7 + lateShare * 100, transactions: 1_500, lateShare });
  await store(log);

  const served = await read('served');
  const recomputed = await read('recomputed');

  const expected = valuesByPlace(log);
  expect(served.rows).toHaveLength(log.features.length);
  expect(different(recomputed.rows, expected)).toEqual([]);
  expect(recomputed.version).toBe(served.version);
});

test('training sets and as-of reads at the event time return equal values', async () => {
  const log = simulatedLog({ seed: 11, transactions: 1_200, lateShare: 0 });
  await store({ features: log.features, labels: log.labels.filter(isKnownInTime(log)) });
  // Only labels that arrived in time, because an as-of read cannot see when a label arrived late.
  const { rows } = await read('recomputed');
  const asked = {
    customerIds: rows.map((row) => row.customerId),
    terminalIds: rows.map((row) => row.terminalId),
    atMs: Float64Array.from(rows, (row) => row.occurredAtMs),
    amountMinor: Float64Array.from(rows, (row) => row.amountMinor),
  };
  const asOf = await features.retrieve({ features: service.features, rows: asked }, signal);

  service.features.forEach((feature, slot) => {
    const column = asOf.columns.get(feature.name) as Float64Array;
    const different = rows.filter((row, i) => !Object.is(column[i], row.values[slot]));
    expect([feature.name, different.map((row) => row.transactionId)]).toEqual([feature.name, []]);
  });
});

function isKnownInTime(log: SimulatedLog) {
  return (label: SimulatedLog['labels'][number]): boolean => {
    const before = log.features.filter(
      (row) => row.log.partition === label.log.partition && row.log.offset < label.log.offset,
    );
    return (before.at(-1)?.occurredAtMs ?? 0) <= label.labelledAtMs;
  };
}

test('named transactions get the values they were served with, one row per requested row, in request order', async () => {
  const log = simulatedLog({ seed: 3, transactions: 600, lateShare: 0.2 });
  await store(log);
  const random = chance(99);
  const asked = Array.from({ length: 400 }, () => log.features[Math.floor(random() * log.features.length)]).filter(
    (row) => row !== undefined,
  );

  const { columns } = await features.retrieve(
    {
      features: service.features,
      rows: {
        customerIds: asked.map((row) => row.customerId),
        terminalIds: asked.map((row) => row.terminalId),
        atMs: Float64Array.from(asked, (row) => row.occurredAtMs),
        transactionIds: asked.map((row) => row.transactionId),
      },
    },
    signal,
  );

  service.features.forEach((feature, slot) => {
    expect(Array.from(columns.get(feature.name) as Float64Array)).toEqual(asked.map((row) => row.vector[slot]));
  });
});

test('features that were not stored are computed with the values of the stream', async () => {
  const log = simulatedLog({ seed: 5, transactions: 700, lateShare: 0.1 });
  await store(log);
  const kept = COMPUTED_FEATURES.slice(0, 9).map(({ name }) => name);
  await pool.query('INSERT INTO offline.feature_layouts (names) VALUES ($1) ON CONFLICT DO NOTHING', [kept]);
  await pool.query(
    `UPDATE offline.feature_rows SET features = features[1:9], layout = (SELECT layout FROM offline.feature_layouts WHERE names = $1)`,
    [kept],
  );

  const { rows } = await read('completed');
  const served = await read('served');

  const expected = valuesByPlace(log);
  expect(different(rows, expected)).toEqual([]);
  expect(served.rows.every((row) => Number.isNaN(row.values[9]))).toBe(true);
});

test('transactions of one instant keep their arrival order, even if their position in the log is unknown', async () => {
  const at = Date.UTC(2026, 0, 31, 23, 59, 59, 999);
  const log = simulatedLog({ seed: 21, transactions: 400, lateShare: 0 });
  // Five transactions of one customer on five terminals, all at the last instant of a month; the amounts identify their
  // order.
  const amounts = [100, 200, 300, 400, 500];
  const tied = amounts.map((amountMinor, i) =>
    aFeatureRow({
      transactionId: `tied${5 - i}`,
      occurredAtMs: at,
      customerId: 'tied',
      terminalId: `m${i}`,
      amountMinor,
      names: COMPUTED_FEATURES.map(({ name }) => name),
      vector: servedCount(i + 1),
      log: { partition: i % 3, offset: 10_000 + i },
    }),
  );
  await store({ ...log, features: [...log.features, ...tied].map((row) => ({ ...row, origin: undefined })) });

  const served = await read('served');
  const recomputed = await read('recomputed');

  const average = service.features.findIndex(({ name }) => name === 'customer_id_avg_amount_1day_window');
  const averages = tied.map(
    ({ transactionId }) => recomputed.rows.find((row) => row.transactionId === transactionId)?.values[average],
  );
  expect(averages).toEqual([1, 1.5, 2, 2.5, 3]);
  const others = ({ rows }: { rows: readonly TrainingRow[] }): readonly TrainingRow[] =>
    rows.filter(({ customerId }) => customerId !== 'tied');
  expect(different(others(recomputed), valuesByPlace(log))).toEqual([]);
  expect(others(served)).toHaveLength(400);
});

/** A vector with only the running count, which orders transactions of one instant without a known position. */
function servedCount(count: number): Float64Array {
  return Float64Array.from(COMPUTED_FEATURES, ({ name }) =>
    name === 'customer_id_nb_tx_30day_window' ? count : Number.NaN,
  );
}

test('a label takes effect when it becomes available, the most trusted source wins, and the version changes', async () => {
  const at = Date.UTC(2026, 2, 1);
  const labels = [
    aLabelRow({ transactionId: 'a', occurredAtMs: at, isFraud: false, source: 'analyst', labelledAtMs: at + DAY_MS }),
    aLabelRow({
      transactionId: 'a',
      occurredAtMs: at,
      labelledAtMs: at + 9 * DAY_MS,
      log: { partition: 0, offset: 2 },
    }),
  ];
  await store({ features: [aFeatureRow({ transactionId: 'a', occurredAtMs: at })], labels });
  const labelAsOf = async (asOfMs: number): Promise<readonly [number | undefined, number | undefined, string]> => {
    const { rows, version } = await read('served', { ...RANGE, asOfMs });
    return [rows[0]?.label, rows[0]?.labelledAtMs, version];
  };

  const [before, between, after] = [
    await labelAsOf(at),
    await labelAsOf(at + 9 * DAY_MS - 1),
    await labelAsOf(at + 9 * DAY_MS),
  ];

  expect(before.slice(0, 2)).toEqual([0, 0]);
  expect(between.slice(0, 2)).toEqual([0, at + DAY_MS]);
  expect(after.slice(0, 2)).toEqual([1, at + 9 * DAY_MS]);
  expect(new Set([before[2], between[2], after[2]]).size).toBe(3);
});

test('the newest label of the most trusted source wins, so that a source can correct itself', async () => {
  const at = Date.UTC(2026, 2, 1);
  const label = (source: 'chargeback' | 'analyst', isFraud: boolean, days: number, offset: number) =>
    aLabelRow({
      transactionId: 'a',
      occurredAtMs: at,
      isFraud,
      source,
      labelledAtMs: at + days * DAY_MS,
      log: { partition: 0, offset },
    });
  // The correction of the chargeback arrived first. The analyst's label is newer but less trusted. Of labels with equal
  // times, fraud wins.
  const labels = [
    label('chargeback', false, 5, 5),
    label('chargeback', false, 9, 1),
    label('chargeback', true, 5, 2),
    label('analyst', true, 20, 3),
    label('analyst', false, 1, 4),
  ];
  await store({ features: [aFeatureRow({ transactionId: 'a', occurredAtMs: at })], labels });
  const labelAsOf = async (days: number): Promise<number | undefined> =>
    (await read('served', { ...RANGE, asOfMs: at + days * DAY_MS })).rows[0]?.label;

  expect([await labelAsOf(1), await labelAsOf(5), await labelAsOf(9), await labelAsOf(20)]).toEqual([0, 1, 0, 0]);
});

test('training sets exclude late transactions unless they are requested, and the version differs', async () => {
  const at = Date.UTC(2026, 2, 1);
  const row = (transactionId: string, offset: number, isLate: boolean) =>
    aFeatureRow({ transactionId, occurredAtMs: at + offset, log: { partition: 0, offset }, isLate });
  // A file was sent twice. The second time, its transactions are too old to be recognised as duplicates.
  await store({ features: [row('a', 1, false), row('b', 2, false), row('a', 3, true), row('b', 4, true)], labels: [] });
  const ids = async (source: TrainingSource, includeLate?: boolean): Promise<readonly [string, string, number]> => {
    const set = await sets.open({ service, ...RANGE, source, ...(includeLate === undefined ? {} : { includeLate }) });
    const rows: TrainingRow[] = [];
    for await (const batch of set.rows(signal)) rows.push(...batch);
    return [rows.map(({ transactionId }) => transactionId).join(''), set.version(), set.totalRows];
  };

  const [plain, without, withLate, recomputed] = [
    await ids('served'),
    await ids('served', false),
    await ids('served', true),
    await ids('recomputed'),
  ];

  expect(plain).toEqual(without);
  expect([plain[0], plain[2], recomputed[0]]).toEqual(['ab', 2, 'ab']);
  expect([withLate[0], withLate[2]]).toEqual(['abab', 4]);
  expect(withLate[1]).not.toBe(plain[1]);
});

test('a named transaction gets the row that was not late, in any order of storage', async () => {
  const at = Date.UTC(2026, 2, 1);
  const vector = (value: number): Float64Array => new Float64Array(COMPUTED_FEATURES.length).fill(value);
  const names = COMPUTED_FEATURES.map(({ name }) => name);
  const row = (offset: number, isLate: boolean, value: number) =>
    aFeatureRow({
      transactionId: 'a',
      occurredAtMs: at,
      names,
      vector: vector(value),
      log: { partition: 0, offset },
      isLate,
    });
  await store({ features: [row(9, true, 1), row(4, false, 2), row(7, true, 3)], labels: [] });
  const rows = { customerIds: [null], terminalIds: [null], atMs: Float64Array.of(at), transactionIds: ['a'] };

  const { columns } = await features.retrieve({ features: service.features.slice(0, 1), rows }, signal);

  expect([...columns.values()]).toEqual([Float64Array.of(2)]);
});

test('reads for few entities, which read only their history, return the same values as reads for all', async () => {
  const log = simulatedLog({ seed: 13, transactions: 900, lateShare: 0.1 });
  await store(log);
  const random = chance(17);
  const picked = log.features.filter(() => random() < 0.02);
  const rowsOf = (some: SimulatedLog['features'], padding: number) => ({
    customerIds: [...some.map((row) => row.customerId), ...Array.from({ length: padding }, (_, i) => `nobody${i}`)],
    terminalIds: [...some.map((row) => row.terminalId), ...Array.from({ length: padding }, () => null)],
    atMs: Float64Array.from({ length: some.length + padding }, (_, i) => (some[i]?.occurredAtMs ?? LOG_START_MS) + 1),
  });
  const first = picked.slice(0, 1);
  expect(picked.length).toBeGreaterThan(5);

  for (const some of [picked, first]) {
    const few = await features.retrieve({ features: service.features, rows: rowsOf(some, 0) }, signal);
    // More entities than a query can name.
    const all = await features.retrieve({ features: service.features, rows: rowsOf(some, 10_001) }, signal);
    for (const { name } of service.features) {
      const column = all.columns.get(name) as Float64Array;
      expect([name, few.columns.get(name)]).toEqual([name, column.slice(0, some.length)]);
    }
  }
});

test('an empty range returns no rows and always the same version', async () => {
  const empty = { fromMs: 0, toMs: 1, asOfMs: 1 };

  const [first, second] = [await read('served', empty), await read('recomputed', empty)];

  expect(first.rows).toEqual([]);
  expect(first.version).toMatch(/^[0-9a-f]{64}$/);
  expect(second.version).toBe(first.version);
});

test('features of unknown entities and of rows without entities are missing', async () => {
  await store(simulatedLog({ seed: 2, transactions: 50, lateShare: 0 }));
  const rows = {
    customerIds: ['nobody', null],
    terminalIds: [null, null],
    atMs: Float64Array.of(RANGE.toMs, RANGE.toMs),
  };

  const { columns } = await features.retrieve({ features: service.features, rows }, signal);

  for (const column of columns.values()) expect(Array.from(column as Float64Array)).toEqual([Number.NaN, Number.NaN]);
});

test('columns of different lengths are refused with the name of the column', async () => {
  const rows = { customerIds: ['c1'], terminalIds: [], atMs: Float64Array.of(1) };

  await expect(features.retrieve({ features: service.features, rows }, signal)).rejects.toMatchObject({
    code: 'ROWS_UNEQUAL',
    field: 'terminalIds',
  });
});

test('a reader that stops early or is aborted releases its connections', async () => {
  await store(simulatedLog({ seed: 4, transactions: 2_100, lateShare: 0 }));
  const abort = new AbortController();
  for (let i = 0; i <= (pool.options.max ?? 10); i++) {
    const set = await sets.open({ service, ...RANGE, source: 'recomputed' });
    for await (const rows of set.rows(signal)) if (rows.length > 0) break;
  }
  const set = await sets.open({ service, ...RANGE, source: 'served' });
  const reading = (async () => {
    for await (const rows of set.rows(abort.signal)) if (rows.length > 0) abort.abort();
  })();

  await expect(reading).rejects.toThrow();
  expect(pool.waitingCount).toBe(0);
  expect((await read('served')).rows.length).toBeGreaterThan(0);
});
