import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS } from '@fraudflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { historyTraffic } from './history-traffic.js';

const HEADER = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fraudflow-history-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(...lines: readonly string[]): string {
  const path = join(folder, 'transactions.csv');
  writeFileSync(path, `${[HEADER, ...lines].join('\n')}\n`);
  return path;
}

test('a file is repeated after its last row, with new ids and event times later by its length in days', async () => {
  const path = fileOf('0,2018-04-01 00:00:31,596,3156,57.16,0,0', '1,2018-04-02 10:00:00,4961,3412,81.51,0,0');

  const { transactions } = await historyTraffic(path).take(5);

  expect(transactions.map(({ transaction_id }) => transaction_id)).toEqual(['0', '1', '0.2', '1.2', '0.3']);
  const times = transactions.map(({ occurred_at }) => Date.parse(occurred_at));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect((times[2] ?? 0) - (times[0] ?? 0)).toBe(2 * DAY_MS);
});

test('a fraud is labelled among the transactions of a week later', async () => {
  const path = fileOf('0,2018-04-01 00:00:31,596,3156,57.16,1,1', '1,2018-04-09 10:00:00,4961,3412,81.51,0,0');
  const traffic = historyTraffic(path);

  const pieces = [await traffic.take(1), await traffic.take(1)];

  expect(pieces.map(({ labels }) => labels.map(({ transaction_id }) => transaction_id))).toEqual([[], ['0']]);
});

test('a file without rows is refused instead of read endlessly', async () => {
  await expect(historyTraffic(fileOf()).take(1)).rejects.toThrow('has no rows');
});

test('without a file the requested amount of traffic is simulated', async () => {
  const traffic = historyTraffic(join(folder, 'absent.csv'));

  expect(traffic.source).toBe('simulator');
  expect((await traffic.take(100)).transactions).toHaveLength(100);
});
