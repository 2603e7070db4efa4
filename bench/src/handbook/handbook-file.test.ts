import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHandbookFile } from './handbook-file.js';
import type { HandbookRow } from './handbook-row.js';

const HEADER = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';
const line = (id: number): string => `${id},2018-04-01 00:00:31,596,3156,57.16,0,0`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handbook-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function rowsOf(path: string): Promise<HandbookRow[]> {
  const rows: HandbookRow[] = [];
  for await (const batch of readHandbookFile(path)) rows.push(...batch.rows);
  return rows;
}

test('rows are read in file order, across chunks of the file, plain or compressed', async () => {
  const count = 30_000;
  const text = [HEADER, ...Array.from({ length: count }, (_, id) => line(id))].join('\n');

  const plain = await rowsOf(fileOf('plain.csv', text));
  const compressed = await rowsOf(fileOf('packed.csv.gz', gzipSync(text)));

  expect(plain.map((row) => Number(row.transactionId))).toEqual(Array.from({ length: count }, (_, id) => id));
  expect(compressed).toEqual(plain);
});

test('Windows line ends, a byte order mark and empty lines are accepted', async () => {
  const rows = await rowsOf(fileOf('windows.csv', `\uFEFF${HEADER}\r\n${line(1)}\r\n\r\n${line(2)}\r\n`));

  expect(rows.map((row) => row.transactionId)).toEqual(['1', '2']);
});

test('a bad line is named with file and number, also when compressed', async () => {
  const text = [HEADER, line(1), line(2), '3,yesterday,1,2,3,0,0', line(4)].join('\n');

  await expect(rowsOf(fileOf('bad.csv', text))).rejects.toThrow(/bad\.csv line 4: TX_DATETIME is "yesterday"/);
  await expect(rowsOf(fileOf('bad.csv.gz', gzipSync(text)))).rejects.toThrow(/line 4/);
});

test('the error of a missing, an empty, a truncated and a headless file names the problem', async () => {
  const whole = gzipSync([HEADER, ...Array.from({ length: 500 }, (_, id) => line(id * 7_919))].join('\n'));

  await expect(rowsOf(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv cannot be opened/);
  await expect(rowsOf(fileOf('empty.csv', ''))).rejects.toThrow(/is empty/);
  await expect(rowsOf(fileOf('cut.csv.gz', whole.subarray(0, whole.length - 20)))).rejects.toThrow(/cut\.csv\.gz/);
  await expect(rowsOf(fileOf('headless.csv', line(1)))).rejects.toThrow(/line 1: the header lacks/);
});
