import type { featuresV1 } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { type KeyedRecord, Pacer } from '@fraudflow/bench';
import { PacedSender } from './paced-sender.js';
import { replayHistory } from './replay-history.js';
import type { ReplayProgress } from './replay.js';

const START_MS = Date.UTC(2026, 3, 1);
const BATCH = 2_000;

type HistoryEvent = featuresV1.HistoryEvent;

function aTransaction(n: number, fields: Partial<featuresV1.Transaction> = {}): HistoryEvent {
  const keys = { transactionId: `t${n}`, occurredAtMs: START_MS + n, customerId: 'c1', terminalId: 'm1' };
  return { event: { $case: 'transaction', value: { ...keys, amountMinor: 1_234, currency: 'CHF', ...fields } } };
}

function aLabel(n: number): HistoryEvent {
  const keys = { transactionId: `t${n}`, occurredAtMs: START_MS + n, customerId: 'c1', terminalId: 'm1' };
  const value = { ...keys, isFraud: false, labelledAtMs: START_MS + 1_000, source: 'analyst' };
  return { event: { $case: 'label', value } };
}

async function* batchesOf(...batches: readonly (readonly HistoryEvent[])[]): AsyncGenerator<readonly HistoryEvent[]> {
  yield* batches;
}

/** A writer that records everything. */
class Kept {
  readonly calls: (readonly KeyedRecord[])[] = [];

  async write(records: readonly KeyedRecord[]): Promise<void> {
    this.calls.push(records);
  }
}

async function run(batches: AsyncIterable<readonly HistoryEvent[]>, signal?: AbortSignal) {
  const kept = new Kept();
  const sender = new PacedSender(kept, new Pacer(Infinity), signal);
  const options = signal === undefined ? { newestMs: START_MS + 10 } : { newestMs: START_MS + 10, signal };
  let last: ReplayProgress | undefined;
  for await (last of replayHistory(batches, sender, options));
  return { records: kept.calls.flat(), last };
}

test('events are sent in the order in which they are read, as their original records', async () => {
  const { records, last } = await run(batchesOf([aTransaction(2), aTransaction(1)], [aLabel(2), aTransaction(3)]));

  expect(records.map(({ topic, key }) => `${topic} ${key}`)).toEqual([
    'transactions c1',
    'transactions c1',
    'labels t2',
    'transactions c1',
  ]);
  expect(JSON.parse(String(records[0]?.value))).toEqual({
    transaction_id: 't2',
    occurred_at: '2026-04-01T00:00:00.002Z',
    customer_id: 'c1',
    terminal_id: 'm1',
    amount: 12.34,
    currency: 'CHF',
  });
  expect(JSON.parse(String(records[2]?.value))).toEqual({
    transaction_id: 't2',
    is_fraud: false,
    labelled_at: '2026-04-01T00:00:01.000Z',
    source: 'analyst',
    customer_id: 'c1',
    terminal_id: 'm1',
    occurred_at: '2026-04-01T00:00:00.002Z',
  });
  expect(last).toEqual({ rows: 3, labels: 1, share: 1, newestMs: START_MS + 3 });
});

test('every amount of whole minor units is converted back to the same number', async () => {
  const cents = Array.from({ length: 5_000 }, (_, n) => n * 199_999 + n);

  const { records } = await run(batchesOf(cents.map((amountMinor, n) => aTransaction(n, { amountMinor }))));

  const amounts = records.map(({ value }) => (JSON.parse(String(value)) as { amount: number }).amount);
  expect(amounts.map((amount) => Math.round(amount * 100))).toEqual(cents);
});

test('a rate counts transactions; labels are sent with the transaction before them', async () => {
  let nowMs = 0;
  const sleep = async (ms: number): Promise<void> => void (nowMs += ms);
  const kept = new Kept();
  const sender = new PacedSender(kept, new Pacer(10, { nowMs: () => nowMs, sleep }));
  const events = [aTransaction(1), aLabel(1), aLabel(1), aTransaction(2), aLabel(2), aTransaction(3)];

  for await (const _ of replayHistory(batchesOf(events), sender, { newestMs: START_MS }));

  expect(kept.calls.map((records) => records.map(({ topic }) => topic))).toEqual([
    ['transactions', 'labels', 'labels'],
    ['transactions', 'labels'],
    ['transactions'],
  ]);
  expect(nowMs).toBeGreaterThanOrEqual(200);
});

test('reading waits while the broker does not acknowledge', async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<readonly HistoryEvent[]> {
    for (;;) yield Array.from({ length: BATCH }, () => aTransaction(read++));
  }
  const acknowledge: (() => void)[] = [];
  const waits: (() => void)[] = [];
  const writer = {
    write: () =>
      new Promise<void>((resolve) => {
        acknowledge.push(resolve);
        if (acknowledge.length >= 4) waits.shift()?.();
      }),
  };
  const abort = new AbortController();
  const sender = new PacedSender(writer, new Pacer(Infinity), abort.signal);
  const full = new Promise<void>((resolve) => void waits.push(resolve));
  const running = (async () => {
    for await (const _ of replayHistory(endless(), sender, { newestMs: START_MS, signal: abort.signal }));
  })();

  await full;
  await new Promise(setImmediate);

  expect([acknowledge.length, read]).toEqual([4, 4 * BATCH]);
  abort.abort();
  for (const done of acknowledge) done();
  await running;
  expect(read).toBeLessThanOrEqual(5 * BATCH);
});

test('an aborted replay sends nothing more and reports its progress', async () => {
  const { records, last } = await run(batchesOf([aTransaction(1)]), AbortSignal.abort());

  expect(records).toEqual([]);
  expect(last).toMatchObject({ rows: 0, share: 0 });
});

test('the error names values that the topics do not accept', async () => {
  const foreign = run(batchesOf([aTransaction(7, { currency: 'ZZZ' })]));
  const unknown = run(batchesOf([{ event: undefined }]));

  await expect(foreign).rejects.toThrow('currency of transaction t7 is "ZZZ"');
  await expect(unknown).rejects.toThrow('run both at the same version');
});
