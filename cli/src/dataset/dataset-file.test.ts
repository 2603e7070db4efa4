import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrowFile } from './arrow-file.js';
import { csvFile } from './csv-file.js';
import type { DatasetBatch, DatasetFile } from './dataset-file.js';
import { parquetFile } from './parquet-file.js';

const FEATURES = ['tx_amount', 'risk'];
const AT = Date.UTC(2018, 3, 1, 0, 0, 31);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dataset-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const aBatch = (first: number): DatasetBatch => ({
  transactionIds: [`t${first}`, `t${first + 1}`],
  customerIds: ['c,1', 'çustomer'],
  terminalIds: ['m1', 'm"2'],
  currencies: ['EUR', 'USD'],
  occurredAtMs: [AT, AT + 1],
  amountMinor: [5_716, 2 ** 40],
  values: [57.16, 0.1 + 0.2, Number.NaN, 1e-300],
  labels: [0, 1],
  labelledAtMs: [0, AT + 604_800_000],
});

async function written(make: (path: string, names: readonly string[]) => DatasetFile, name: string): Promise<string> {
  const path = join(folder, name);
  const file = make(path, FEATURES);
  await file.write(aBatch(0));
  await file.write(aBatch(2));
  await file.close('feed');
  return path;
}

test('a Parquet file keeps every value and the version', async () => {
  const file = await asyncBufferFromFile(await written(parquetFile, 'set.parquet'));

  const rows = await parquetReadObjects({ file });
  const { key_value_metadata } = await parquetMetadataAsync(file);

  expect(rows).toHaveLength(4);
  expect(rows[3]).toEqual({
    transaction_id: 't3',
    customer_id: 'çustomer',
    terminal_id: 'm"2',
    currency: 'USD',
    event_timestamp: new Date(AT + 1),
    amount_minor: BigInt(2 ** 40),
    tx_amount: null,
    risk: 1e-300,
    label: 1,
    labelled_at: new Date(AT + 604_800_000),
  });
  expect(rows[0]).toMatchObject({ tx_amount: 57.16, risk: 0.1 + 0.2, labelled_at: null });
  expect(key_value_metadata).toContainEqual({ key: 'dataset_version', value: 'feed' });
});

test('an Arrow file keeps every value', async () => {
  const table = tableFromIPC(readFileSync(await written(arrowFile, 'set.arrow')));

  const [first, , third, fourth] = table.toArray().map((row) => row.toJSON());

  expect(table.numRows).toBe(4);
  expect(first).toMatchObject({
    transaction_id: 't0',
    customer_id: 'c,1',
    tx_amount: 57.16,
    label: 0,
    labelled_at: null,
  });
  expect(third?.['event_timestamp']).toBe(AT);
  expect(fourth).toMatchObject({ amount_minor: BigInt(2 ** 40), labelled_at: AT + 604_800_000, tx_amount: Number.NaN });
});

test('a CSV file quotes values that need it and omits missing ones', async () => {
  const lines = readFileSync(await written(csvFile, 'set.csv'), 'utf8').split('\n');

  expect(lines[0]).toBe(
    'transaction_id,customer_id,terminal_id,currency,event_timestamp,amount_minor,tx_amount,risk,label,labelled_at',
  );
  expect(lines[1]).toBe('t0,"c,1",m1,EUR,2018-04-01T00:00:31.000Z,5716,57.16,0.30000000000000004,0,');
  expect(lines[4]).toBe(
    't3,çustomer,"m""2",USD,2018-04-01T00:00:31.001Z,1099511627776,,1e-300,1,2018-04-08T00:00:31.000Z',
  );
});
