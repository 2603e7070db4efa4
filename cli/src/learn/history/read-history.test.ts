import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { History, HistoryRange } from './history.js';
import { fileSha256, readHistory } from './read-history.js';

const HEADER = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';
const START = Date.UTC(2018, 3, 1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'learn-history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly id: string;
  readonly day: number;
  readonly amount?: number;
  readonly isFraud?: boolean;
}

function line({ id, day, amount = 10, isFraud = false }: Row): string {
  const at = new Date(START + day * DAY_MS + 43_200_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${id},${at},c1,m1,${amount},${Number(isFraud)},0`;
}

function fileOf(rows: readonly Row[]): string {
  const path = join(folder, 'transactions.csv');
  writeFileSync(path, [HEADER, ...rows.map(line), ''].join('\n'));
  return path;
}

function read(rows: readonly Row[], over: Partial<HistoryRange> = {}): Promise<History> {
  const range = {
    service: FRAUD_DETECTION_FEATURES,
    keepFromMs: START,
    endMs: START + 100 * DAY_MS,
    labelDelayMs: 7 * DAY_MS,
    ...over,
  };
  return readHistory(fileOf(rows), range, { signal: new AbortController().signal, onProgress: () => undefined });
}

function valuesOf({ features, featureNames }: History, name: string): number[] {
  const rows = Int32Array.from({ length: features.rows }, (_, row) => row);
  const at = featureNames.indexOf(name);
  return Array.from(rows, (row) => features.gather(rows)[row * featureNames.length + at] ?? Number.NaN);
}

test('rows become columns in file order with the time at which a fraud becomes known', async () => {
  const history = await read([
    { id: 't1', day: 0, amount: 12.5 },
    { id: 't2', day: 1, isFraud: true },
  ]);

  expect(history.transactionIds).toEqual(['t1', 't2']);
  expect([...history.labels]).toEqual([0, 1]);
  expect([...history.labelledAtMs]).toEqual([0, START + 8 * DAY_MS + 43_200_000]);
  expect([...history.amounts]).toEqual([12.5, 10]);
  expect(valuesOf(history, 'tx_amount')).toEqual([12.5, 10]);
});

test('a fraud counts in the risk of its terminal from one label delay on', async () => {
  const history = await read([
    { id: 't1', day: 0, isFraud: true },
    { id: 't2', day: 6 },
    { id: 't3', day: 7 },
  ]);

  expect(valuesOf(history, 'terminal_id_risk_1day_window')).toEqual([0, 0, 1]);
});

test('rows before the range are not kept, but count in the features', async () => {
  const history = await read(
    [
      { id: 't1', day: 0 },
      { id: 't2', day: 1 },
    ],
    { keepFromMs: START + DAY_MS },
  );

  expect(history.transactionIds).toEqual(['t2']);
  expect(valuesOf(history, 'customer_id_nb_tx_7day_window')).toEqual([2]);
  expect(history.read).toMatchObject({ count: 2, first: { transactionId: 't1' }, last: { transactionId: 't2' } });
});

test('rows at or after the end change nothing but their own count', async () => {
  const rows = [
    { id: 't1', day: 0 },
    { id: 't2', day: 1 },
  ];
  const endMs = START + 2 * DAY_MS;
  const without = await read(rows, { endMs });

  const withFuture = await read([{ id: 't0', day: 50, isFraud: true }, ...rows, { id: 't3', day: 2 }], { endMs });

  expect(withFuture).toEqual({
    ...without,
    features: expect.anything(),
    read: { ...without.read, skippedAfterEnd: 2 },
  });
  expect(valuesOf(withFuture, 'customer_id_nb_tx_30day_window')).toEqual([1, 2]);
});

test('repeated and late rows are counted and left out', async () => {
  const history = await read([
    { id: 't1', day: 0 },
    { id: 't2', day: 20 },
    { id: 't2', day: 20 },
    { id: 't3', day: 5 },
  ]);

  expect(history.transactionIds).toEqual(['t1', 't2']);
  expect(history.read).toMatchObject({ count: 4, repeated: 1, late: 1 });
});

test('the digest of the rows read depends on every value of them', async () => {
  const digestOf = async (row: Partial<Row>): Promise<string> =>
    (await read([{ id: 't1', day: 0, ...row }])).read.sha256;

  const digests = [await digestOf({}), await digestOf({ isFraud: true }), await digestOf({ amount: 11 })];

  expect(new Set(digests).size).toBe(3);
  expect(await digestOf({})).toBe(digests[0]);
});

test('an amount in fractions of a cent is refused naming the transaction', async () => {
  await expect(read([{ id: 't7', day: 0, amount: 1.234 }])).rejects.toThrow(/t7: TX_AMOUNT 1\.234/);
});

test('the digest of a file is that of its bytes', async () => {
  writeFileSync(join(folder, 'abc'), 'abc');

  expect(await fileSha256(join(folder, 'abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
