import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featuresV1 } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { measureLag } from '@fraudflow/messaging';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareFeatures } from './compare-features.js';
import { type KnownTransaction, naiveFeatures } from './naive-features.js';
import { type CommandResult, runCommand } from './run-command.js';
import { type RunningSystem, startSystem } from './running-system.js';
import { grpcAddress } from './service-urls.js';
import { simulate } from './traffic.js';
import { waitFor } from './wait-for.js';

const STORED_TIMEOUT_MS = 60_000;
const V2 = 'fraud_detection_features_v2';
/** Topics that a transaction and a label pass, in order. */
const WAY = [
  ['ingestion.transactions', 'transactions'],
  ['ingestion.labels', 'labels'],
  ['feature-store.label-router', 'labels.validated'],
  ['feature-store.customer', 'transactions.validated'],
  ['feature-store.terminal', 'features.by-terminal'],
] as const;

const rows = simulate(60, 60, 20, 9);
const frauds = rows.filter(({ isFraud }) => isFraud).length;
const newestMs = rows.at(-1)?.atMs ?? 0;
const folder = mkdtempSync(join(tmpdir(), 'fraudflow-history-'));
let original: RunningSystem;
let copy: RunningSystem;

const onOriginal = (...args: readonly string[]): Promise<CommandResult> => runCommand(original.dataDir, ...args);

beforeAll(async () => {
  const services = ['ingestion', 'feature-store'];
  [original, copy] = await Promise.all([startSystem(services), startSystem(services)]);
  const file = join(folder, 'history.csv');
  writeFileSync(file, handbookCsv(rows));
  const { exitCode, notes } = await onOriginal('replay', file, '--wait');
  expect(exitCode, notes).toBe(0);
  await allStored(original);
});

afterAll(async () => {
  await Promise.all([original?.stop(), copy?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

test('a replay of stored history into a new system gives the original features', async () => {
  const brokers = copy.stack.addresses.kafkaBrokers.join(',');

  const { exitCode, out, notes } = await onOriginal('replay', '--from-store', '--to', brokers, '--wait', '--json');

  expect(exitCode, notes).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ rows: rows.length, labels: frauds, features: rows.length });
  expect(await compareFeatures(copy.bus, naiveFeatures(rows))).toMatchObject(unchanged());
  await allStored(copy);
});

test('in a replay into the original system, records in its state have no effect and older ones are refused', async () => {
  const from = new Date(newestMs - 20 * DAY_MS).toISOString();

  const all = await onOriginal('replay', '--from-store');
  const remembered = await onOriginal('replay', '--from-store', '--from', from, '--json');
  await allTaken(original);

  expect(all).toMatchObject({ exitCode: 2, notes: expect.stringContaining('would be stored a second time') });
  expect(remembered, remembered.notes).toMatchObject({ exitCode: 0, notes: expect.stringContaining('duplicates') });
  expect((JSON.parse(remembered.out) as { rows: number }).rows).toBeGreaterThan(0);
  expect(await compareFeatures(original.bus, naiveFeatures(rows))).toMatchObject(unchanged());
});

test('a backfill adds features to stored rows that the stream did not compute', async () => {
  const before = await trainingSet('served');
  const { exitCode, out, notes } = await onOriginal('features', 'backfill', V2, '--json');
  const after = await trainingSet('served');

  expect(exitCode, notes).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ state: 'active', rows_done: rows.length, rows_total: rows.length });
  expect(after).not.toBe(before);
  expect(after).toBe(await trainingSet('recomputed'));
  expect(await onOriginal('features', 'backfills')).toMatchObject({ out: expect.stringContaining('active') });
});

function unchanged(): object {
  return { emitted: rows.length, lost: [], doubled: [], different: [], differentCount: 0 };
}

/** The output file of a training set with all rows and all features. */
async function trainingSet(source: string): Promise<string> {
  const file = join(folder, `${source}.csv`);
  const range = ['--from', '2000-01-01', '--to', new Date(newestMs + 1).toISOString()];
  const form = ['--source', source, '--format', 'csv', '--out', file];
  const { exitCode, notes } = await onOriginal('features', 'dataset', '--service', V2, ...form, ...range);
  expect(exitCode, notes).toBe(0);
  return readFileSync(file, 'utf8');
}

async function allStored(system: RunningSystem): Promise<void> {
  const client = createGrpcClient(featuresV1.FeatureStoreServiceClient, grpcAddress(system, 'feature-store'));
  const describe = client.describeHistory.bind(client);
  try {
    await waitFor(
      'all rows and labels in the offline store',
      () => callUnary('DescribeHistory', describe, { withCount: true }, STORED_TIMEOUT_MS),
      ({ transactions, labels }) => transactions >= rows.length && labels >= frauds,
      STORED_TIMEOUT_MS,
    );
  } finally {
    client.close();
  }
}

async function allTaken({ bus }: RunningSystem): Promise<void> {
  for (const [group, topic] of WAY) {
    await waitFor(
      `${group} at the end of ${topic}`,
      () => measureLag(bus.admin, group, topic),
      (lags) => lags.every(({ lag }) => lag === 0),
      STORED_TIMEOUT_MS,
    );
  }
}

function handbookCsv(transactions: readonly KnownTransaction[]): string {
  const lines = transactions.map(({ id, atMs, customer, terminal, cents, isFraud }) => {
    const time = new Date(atMs).toISOString().slice(0, -1);
    return [id, time, customer, terminal, (cents / 100).toFixed(2), Number(isFraud), 0].join(',');
  });
  const header = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';
  return [header, ...lines].join('\n');
}
