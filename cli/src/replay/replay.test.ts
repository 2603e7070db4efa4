import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { type HandbookRow, type KeyedRecord, Pacer, type RowBatch } from '@fraudflow/bench';
import { replay, type ReplayOptions, type ReplayProgress } from './replay.js';

const START_MS = Date.UTC(2018, 3, 1);

function aRow(row: Partial<HandbookRow> = {}): HandbookRow {
  return {
    transactionId: '1',
    occurredAtMs: START_MS,
    customerId: 'c1',
    terminalId: 'm1',
    amount: 10,
    isFraud: false,
    ...row,
  };
}

async function run(rows: readonly HandbookRow[], options: Partial<ReplayOptions> = {}) {
  const records: KeyedRecord[] = [];
  const writer = {
    write: async (batch: readonly KeyedRecord[]): Promise<void> => {
      records.push(...batch);
    },
  };
  async function* batches(): AsyncGenerator<RowBatch> {
    yield { rows: rows.slice(0, 3), progress: 0.5 };
    yield { rows: rows.slice(3), progress: 1 };
  }
  let last: ReplayProgress | undefined;
  const stream = replay(batches(), writer, {
    labelDelayMs: 7 * DAY_MS,
    pacer: new Pacer(Infinity),
    ...options,
  });
  for await (last of stream);
  const ids = records
    .filter((record) => record.topic === 'transactions')
    .map((record) => (JSON.parse(String(record.value)) as { transaction_id: string }).transaction_id);
  return { records, ids, last };
}

test('rows are sent in file order, each keyed by its customer, and the label of a fraud follows it directly', async () => {
  const rows = [aRow(), aRow({ transactionId: '3', isFraud: true }), aRow({ transactionId: '2' })];

  const { records, last } = await run(rows);

  expect(records.map(({ topic, key }) => [topic, key])).toEqual([
    ['transactions', 'c1'],
    ['transactions', 'c1'],
    ['labels', '3'],
    ['transactions', 'c1'],
  ]);
  expect(last).toMatchObject({ rows: 3, labels: 1, share: 1 });
});

test('a label counts from the delay on and names its transaction', async () => {
  const { records } = await run([aRow({ transactionId: '9', isFraud: true })], { labelDelayMs: 2 * DAY_MS });

  expect(JSON.parse(String(records[1]?.value))).toEqual({
    transaction_id: '9',
    is_fraud: true,
    labelled_at: '2018-04-03T00:00:00.000Z',
    source: 'chargeback',
    customer_id: 'c1',
    terminal_id: 'm1',
    occurred_at: '2018-04-01T00:00:00.000Z',
  });
  expect(JSON.parse(String(records[0]?.value))).toEqual({
    transaction_id: '9',
    occurred_at: '2018-04-01T00:00:00.000Z',
    customer_id: 'c1',
    terminal_id: 'm1',
    amount: 10,
    currency: 'EUR',
  });
});

test('a range is half-open, and days count from the first midnight', async () => {
  const rows = [0, 0.9, 1, 1.5, 2].map((day, id) =>
    aRow({ transactionId: String(id), occurredAtMs: START_MS + day * DAY_MS }),
  );

  expect((await run(rows, { limitDays: 1 })).ids).toEqual(['0', '1']);
  expect((await run(rows, { fromMs: START_MS + DAY_MS, untilMs: START_MS + 2 * DAY_MS })).ids).toEqual(['2', '3']);
});

test('an aborted replay sends nothing more', async () => {
  const { ids, last } = await run([aRow()], { signal: AbortSignal.abort() });

  expect(ids).toEqual([]);
  expect(last?.rows).toBe(0);
});

test('a failed write ends the replay with its error', async () => {
  async function* batches(): AsyncGenerator<RowBatch> {
    yield { rows: [aRow()], progress: 1 };
  }
  const writer = { write: () => Promise.reject(new Error('broker away')) };

  const drain = async (): Promise<void> => {
    for await (const _ of replay(batches(), writer, { labelDelayMs: 0, pacer: new Pacer(Infinity) }));
  };

  await expect(drain()).rejects.toThrow('broker away');
});
