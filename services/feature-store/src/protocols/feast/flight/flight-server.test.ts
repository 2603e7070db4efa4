import { FixedClock } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { Registry } from '@fraudflow/observability';
import { serveControllers, type Serving } from '@fraudflow/service/testing/serve-controllers';
import { type ServiceError, status } from '@grpc/grpc-js';
import {
  makeData,
  makeVector,
  Table,
  TimestampMicrosecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  FakeArchive,
  FakeHistoricalFeatures,
  FakeTransactions,
  FakeViewHistory,
} from '../../../../test/fake-history.js';
import { FlightClient } from '../../../../test/flight-client.js';
import type { FlightOptions } from './flight-config.js';
import { FlightMetrics } from './flight-metrics.js';
import { FLIGHT_SERVICE, FlightController } from './flight.controller.js';
import { FlightService } from './flight.service.js';

const NOW_MS = Date.UTC(2026, 4, 1);
const SETTINGS: FlightOptions = {
  port: 0,
  maxRows: 1_000,
  sliceRows: 100,
  maxUploadBytes: 1024 * 1024,
  maxAnswers: 2,
  maxPendingBytes: 2 * 1024 * 1024,
  commandTimeoutMs: 5_000,
  readerTimeoutMs: 60_000,
  cardNumbersInPushes: 'refuse',
};

let serving: Serving;
let client: FlightClient;
let historical: FakeHistoricalFeatures;
let history: FakeViewHistory;
let transactions: FakeTransactions;
let archive: FakeArchive;
let clock: FixedClock;

beforeEach(async () => {
  historical = new FakeHistoricalFeatures();
  history = new FakeViewHistory();
  transactions = new FakeTransactions();
  archive = new FakeArchive();
  clock = new FixedClock(NOW_MS);
  await serve(SETTINGS);
});

async function serve(settings: FlightOptions): Promise<void> {
  const sources = { historical, history, transactions, archive };
  const flight = new FlightService(sources, settings, new FlightMetrics(new Registry()), clock);
  serving = await serveControllers({
    controllers: [FlightController],
    providers: [{ provide: FlightService, useValue: flight }],
    services: [FLIGHT_SERVICE],
  });
  client = new FlightClient(serving.grpcAddress);
}

afterEach(async () => {
  client.close();
  await serving.close();
});

const strings = (values: readonly (string | null)[]) => vectorFromArray([...values], new Utf8());
const times = (iso: readonly string[]) =>
  vectorFromArray(
    iso.map((text) => Date.parse(text)),
    new TimestampMicrosecond('UTC'),
  );
const nanos = (values: readonly bigint[]) =>
  makeVector(makeData({ type: new TimestampNanosecond('UTC'), data: BigInt64Array.from(values) }));

function entityTable(rows: number): Table {
  const ids = Array.from({ length: rows }, (_, i) => `${i}`);
  return new Table({
    customer_id: strings(ids.map((id) => `c${id}`)),
    terminal_id: strings(ids.map((id) => `t${id}`)),
    event_timestamp: times(ids.map(() => '2026-01-01T00:00:00Z')),
    amount: vectorFromArray(Float64Array.from(ids, Number)),
    note: strings(ids.map((id) => (id === '1' ? null : `note ${id}`))),
  });
}

const historicalCommand = (part: object = {}): object => ({
  command_id: 'one',
  api: 'get_historical_features',
  feature_view_names: ['customer', 'terminal'],
  name_aliases: [null, null],
  feature_refs: FRAUD_DETECTION_FEATURES.features.map(({ name, view }) => `${view}:${name}`),
  project: 'fraudflow',
  full_feature_names: false,
  ...part,
});

async function flightFailure(promise: Promise<unknown>): Promise<{ code: number; class: string; message: string }> {
  const error = await promise.then(
    () => Promise.reject(new Error('the call succeeded')),
    (thrown: unknown) => thrown as ServiceError,
  );
  expect(error.details).toMatch(/^Flight error: \{/);
  return {
    code: error.code,
    ...(JSON.parse(error.details.slice('Flight error: '.length)) as { class: string; message: string }),
  };
}

test('one exchange returns the sent rows in order, followed by the feature columns', async () => {
  historical.answer = (name, row) => (name === 'tx_amount' ? row + 0.5 : row);

  const table = await client.exchange(historicalCommand(), entityTable(3));

  const names = FRAUD_DETECTION_FEATURES.features.map(({ name }) => name);
  expect(table.schema.names).toEqual(['customer_id', 'terminal_id', 'event_timestamp', 'amount', 'note', ...names]);
  expect(table.getChild('customer_id')?.toJSON()).toEqual(['c0', 'c1', 'c2']);
  expect(table.getChild('note')?.toJSON()).toEqual(['note 0', null, 'note 2']);
  expect(table.getChild('tx_amount')?.toJSON()).toEqual([0.5, 1.5, 2.5]);
  expect(table.getChild('terminal_id_nb_tx_7day_window')?.toJSON()).toEqual([0n, 1n, 2n]);
});

test('the put, info and get calls of older SDKs return the same table, once', async () => {
  historical.answer = (_, row) => row;
  const command = historicalCommand();

  await client.put(command, entityTable(2));
  const info = await client.info(command);
  const ticket = info.endpoint[0]?.ticket?.ticket ?? Buffer.alloc(0);
  const table = await client.get(ticket);

  expect(table.getChild('customer_id_nb_tx_1day_window')?.toJSON()).toEqual([0n, 1n]);
  expect(await flightFailure(client.get(ticket))).toMatchObject({ code: status.NOT_FOUND });
});

test('a command expires after the command timeout', async () => {
  await client.put(historicalCommand(), entityTable(1));
  clock.advance(SETTINGS.commandTimeoutMs);

  const failure = await flightFailure(client.info(historicalCommand()));

  expect(failure).toMatchObject({ code: status.NOT_FOUND, class: 'FeastObjectNotFoundException' });
});

test('the transaction of a request reaches the offline store with its time and minor units', async () => {
  const table = new Table({
    customer_id: strings(['7', null]),
    terminal_id: strings(['8', '9']),
    transaction_id: strings(['tx1', null]),
    event_timestamp: nanos([1_767_225_600_123_456_789n, -1n]),
    amount: vectorFromArray([12.34, null]),
  });

  await client.exchange(historicalCommand(), table);

  const rows = historical.requests[0]?.rows;
  expect(rows?.customerIds).toEqual(['7', null]);
  expect(rows?.transactionIds).toEqual(['tx1', null]);
  expect([...(rows?.atMs ?? [])]).toEqual([1_767_225_600_123.456_8, -(2 ** -12)]);
  expect([...(rows?.amountMinor ?? [])]).toEqual([1_234, Number.NaN]);
});

test('full feature names start with the view or its alias', async () => {
  const command = historicalCommand({
    feature_view_names: ['customer'],
    name_aliases: ['payer'],
    feature_refs: ['payer:customer_id_nb_tx_1day_window', 'transaction:tx_amount'],
    full_feature_names: true,
  });

  const table = await client.exchange(command, entityTable(1));

  expect(table.schema.names.slice(-2)).toEqual(['payer__customer_id_nb_tx_1day_window', 'transaction__tx_amount']);
});

test.each([
  ['in order of time', (row: number) => row],
  ['in random order', (row: number) => (row * 97) % 250],
])('many rows %s are computed in time slices and returned in the order sent', async (_, second) => {
  const rows = Array.from({ length: 250 }, (_unused, row) => second(row));
  const start = Date.UTC(2026, 0);
  const table = new Table({
    customer_id: strings(rows.map((row) => `c${row}`)),
    terminal_id: strings(rows.map((row) => `t${row}`)),
    event_timestamp: times(rows.map((row) => new Date(start + row * 1_000).toISOString())),
    amount: vectorFromArray(Float64Array.from(rows)),
  });
  historical.answer = (_name, row) => (historical.requests.at(-1)?.rows.atMs[row] ?? 0) - start;

  const answer = await client.exchange(historicalCommand(), table);

  expect(historical.requests.map((request) => request.rows.atMs.length)).toEqual([100, 100, 50]);
  expect(answer.getChild('customer_id')?.toJSON()).toEqual(rows.map((row) => `c${row}`));
  expect(answer.getChild('tx_amount')?.toJSON()).toEqual(rows.map((row) => row * 1_000));
});

test('an empty entity data frame returns all columns and no rows', async () => {
  const table = await client.exchange(historicalCommand(), entityTable(0));

  expect(table.numRows).toBe(0);
  expect(table.schema.names).toContain('terminal_id_risk_30day_window');
});

test.each([
  ['an unknown view', { feature_refs: ['nope:x'] }, 'FeatureViewNotFoundException', status.NOT_FOUND],
  ['an unknown feature', { feature_refs: ['customer:x'] }, 'FeastObjectNotFoundException', status.NOT_FOUND],
  ['an unknown project', { project: 'x' }, 'ProjectObjectNotFoundException', status.NOT_FOUND],
  ['an old version', { feature_refs: ['customer@v3:x'] }, 'FeatureViewVersionNotFound', status.NOT_FOUND],
  ['no feature', { feature_refs: [] }, 'FeastError', status.INVALID_ARGUMENT],
  [
    'a feature twice',
    { feature_refs: twice('transaction:tx_amount') },
    'FeatureNameCollisionError',
    status.INVALID_ARGUMENT,
  ],
  ['SQL', { entity_df_sql: 'select 1' }, 'FeastError', status.INVALID_ARGUMENT],
  ['an unknown api', { api: 'drop_everything' }, 'FeastError', status.INVALID_ARGUMENT],
  ['a refused api', { api: 'persist' }, 'FeastError', status.INVALID_ARGUMENT],
  ['a missing argument', { feature_refs: undefined }, 'FeastError', status.INVALID_ARGUMENT],
] as const)('%s is refused with the error class that the SDK raises', async (_, part, className, code) => {
  const failure = await flightFailure(client.exchange(historicalCommand(part), entityTable(1)));

  expect(failure).toMatchObject({ class: className, code });
});

function twice(text: string): string[] {
  return [text, text];
}

test.each([
  ['terminal_id', 'FeastEntityDFMissingColumnsError'],
  ['event_timestamp', 'EntityTimestampInferenceException'],
  ['amount', 'RequestDataNotFoundInEntityDfException'],
])('an entity data frame without %s is refused with %s', async (column, className) => {
  const kept = entityTable(1)
    .schema.names.map(String)
    .filter((name) => name !== column);

  const failure = await flightFailure(client.exchange(historicalCommand(), entityTable(1).select(kept)));

  expect(failure.class).toBe(className);
});

const withoutRows = new Table({ key: strings([]) });

function transactionRows(count: number) {
  const names = Array.from({ length: count }, (_, i) => `${i}`);
  return {
    transactionIds: names.map((name) => `x${name}`),
    customerIds: names.map((name) => `c${name}`),
    terminalIds: names.map((name) => `t${name}`),
    atMs: Float64Array.from(names, (_, i) => NOW_MS + i),
    amountMinor: new Float64Array(count),
    values: FRAUD_DETECTION_FEATURES.features.map((_, slot) => Float64Array.from(names, (_name, i) => slot + i)),
  };
}

test('a time range without a data frame returns its transactions, both ends included, with their features', async () => {
  transactions.pages = [transactionRows(2), transactionRows(1)];
  historical.answer = (_, row) => 100 + row;
  const limit = 'customer_profile:credit_limit';
  const feature_refs = [limit, ...FRAUD_DETECTION_FEATURES.features.map(({ name, view }) => `${view}:${name}`)];
  const range = { start_date: '2026-05-01T00:00:00', end_date: '2026-05-02T00:00:00+00:00' };

  const table = await client.exchange(historicalCommand({ ...range, feature_refs }), withoutRows);

  expect(transactions.ranges).toEqual([{ fromMs: NOW_MS, toMs: NOW_MS + 86_400_001 }]);
  const ids = ['transaction_id', 'customer_id', 'terminal_id', 'event_timestamp'];
  expect(table.schema.names.slice(0, 7)).toEqual([...ids, 'credit_limit', 'tx_amount', 'tx_during_weekend']);
  expect(table.getChild('transaction_id')?.toJSON()).toEqual(['x0', 'x1', 'x0']);
  expect(table.getChild('event_timestamp')?.toJSON()).toEqual([NOW_MS, NOW_MS + 1, NOW_MS]);
  expect(table.getChild('credit_limit')?.toJSON()).toEqual([100, 101, 100]);
  expect(table.getChild('tx_amount')?.toJSON()).toEqual([0, 1, 0]);
  expect(table.getChild('tx_during_weekend')?.toJSON()).toEqual([1n, 2n, 1n]);
});

test('a range without a start begins thirty days before its end', async () => {
  await client.exchange(historicalCommand({ end_date: '2026-05-01T00:00:00' }), withoutRows);

  expect(transactions.ranges).toEqual([{ fromMs: NOW_MS - 30 * 86_400_000, toMs: NOW_MS + 1 }]);
});

test.each([
  ['no range', {}, 'start_date and end_date'],
  ['no end', { start_date: '2026-05-01' }, 'needs its end'],
  ['a range that ends before it begins', { start_date: '2026-05-02', end_date: '2026-05-01' }, 'begins after its end'],
  ['an invalid time', { start_date: 'soon', end_date: '2026-05-01' }, 'not a time'],
  [
    'only features of pushed views',
    { feature_refs: ['customer_profile:credit_limit'], end_date: '2026-05-01' },
    'pull_all',
  ],
  ['too many transactions', { end_date: '2026-05-01' }, 'more than 1000 rows'],
])('without a data frame, %s is refused', async (_, part, message) => {
  transactions.pages = [transactionRows(SETTINGS.maxRows + 1)];

  const failure = await flightFailure(client.exchange(historicalCommand(part), withoutRows));

  expect(failure).toMatchObject({ code: status.INVALID_ARGUMENT, message: expect.stringContaining(message) });
});

test('too many rows are refused, and the server continues to work', async () => {
  const failure = await flightFailure(client.exchange(historicalCommand(), entityTable(SETTINGS.maxRows + 1)));

  expect(failure.message).toContain('1001 rows');
  expect((await client.exchange(historicalCommand(), entityTable(1))).numRows).toBe(1);
});

test('an upload above the size limit is read to its end and refused', async () => {
  const half = new Table({ note: strings(Array.from({ length: 450 }, () => 'x'.repeat(1_200))) });
  const huge = half.concat(half);

  const failure = await flightFailure(client.exchange(historicalCommand(), huge));

  expect(failure.message).toContain('bytes');
});

test('rows written to a pushed view are archived with the current time as creation time', async () => {
  const rows = new Table({
    customer_id: strings(['c1', 'c2']),
    credit_limit: vectorFromArray([1_000.5, null]),
    risk_segment: strings(['gold', null]),
    is_business: vectorFromArray([true, null]),
    account_opened_at: vectorFromArray([1_600_000_000n, null]),
    event_timestamp: nanos([1_767_225_600_000_000_001n, 1n]),
  });

  await client.put(
    { api: 'offline_write_batch', feature_view_names: ['customer_profile'], name_aliases: [null] },
    rows,
  );

  const createdAt = { seconds: NOW_MS / 1_000, nanos: 0 };
  expect(archive.appended).toEqual([
    {
      entityKey: 'c1',
      eventAt: { seconds: 1_767_225_600, nanos: 1 },
      createdAt,
      values: [1_000.5, 'gold', true, 1_600_000_000n],
    },
    { entityKey: 'c2', eventAt: { seconds: 0, nanos: 1 }, createdAt, values: [null, null, null, null] },
  ]);
});

describe('rows with an id and a text that look like card numbers', () => {
  const command = { api: 'offline_write_batch', feature_view_names: ['customer_profile'], name_aliases: [null] };
  const rows = new Table({
    customer_id: strings(['4111111111111111']),
    credit_limit: vectorFromArray([1_000.5]),
    risk_segment: strings(['4111 1111 1111 1111']),
    is_business: vectorFromArray([true]),
    account_opened_at: vectorFromArray([1_600_000_000n]),
    event_timestamp: nanos([1_767_225_600_000_000_001n]),
  });

  test('are refused by default, and not repeated', async () => {
    const { code, message } = await flightFailure(client.put(command, rows));

    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(message).toContain('customer_id: row 0 holds a card number');
    expect(message).not.toContain('1111');
    expect(archive.appended).toEqual([]);
  });

  test('are kept if the operator allows card numbers', async () => {
    client.close();
    await serving.close();
    await serve({ ...SETTINGS, cardNumbersInPushes: 'keep' });

    await client.put(command, rows);

    expect(archive.appended).toMatchObject([
      { entityKey: '4111111111111111', values: [1_000.5, '4111 1111 1111 1111', true, 1_600_000_000n] },
    ]);
  });
});

test('rows for a computed view are refused', async () => {
  const command = { api: 'offline_write_batch', feature_view_names: ['customer'], name_aliases: [null] };

  const failure = await flightFailure(client.put(command, entityTable(1)));

  expect(failure.message).toContain('takes no rows');
});
