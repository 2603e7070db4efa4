import { labelSchema, transactionSchema } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { TransactionSimulator } from '@fraudflow/simulator';
import { describe, expect, test } from 'vitest';
import { badRecord, BREAKERS } from './faults.js';
import { LabelQueue } from './label-queue.js';
import { LiveFeed } from './live-feed.js';
import { type TrafficItem, TrafficSource } from './traffic-source.js';

const FAULTS = { badPerDay: 2, duplicatesPerDay: 3, unknownLabelsPerDay: 1 };
const WORLD = { seed: 1, customers: 200, terminals: 400, radius: 20, leakedCustomersPerDay: 3 };

function aSource(faults = FAULTS, delayDays = 2): TrafficSource {
  return new TrafficSource(new TransactionSimulator(WORLD), delayDays * DAY_MS, faults);
}

const days = (source: TrafficSource, count: number): readonly TrafficItem[] =>
  Array.from({ length: count }, () => source.nextDay()).flat();
const ofKind = (items: readonly TrafficItem[], kind: TrafficItem['kind']): readonly TrafficItem[] =>
  items.filter((item) => item.kind === kind);
const valueOf = (item: TrafficItem): unknown => JSON.parse(String(item.record.value));

describe('the traffic source', () => {
  test('sends everything in event-time order', () => {
    const items = days(aSource(), 6);

    expect(items.every((item, index) => index === 0 || item.atMs >= (items[index - 1]?.atMs ?? 0))).toBe(true);
  });

  test('adds the configured number of faults per day', () => {
    const items = days(aSource(), 5);

    expect(['bad', 'duplicate', 'unknown_label'].map((kind) => ofKind(items, kind as 'bad').length)).toEqual([
      10, 15, 5,
    ]);
  });

  test('a duplicate repeats the record right before it, byte for byte', () => {
    const items = days(aSource(), 2);

    const repeats = items.flatMap((item, index) => (item.kind === 'duplicate' ? [[item, items[index - 1]]] : []));
    expect(repeats).toHaveLength(6);
    for (const [repeat, original] of repeats) expect(repeat?.record).toEqual(original?.record);
  });

  test('the label of each fraud follows after the delay and states that time', () => {
    const items = days(aSource(FAULTS, 2), 10);

    const labels = ofKind(items, 'label').map((item) => ({ atMs: item.atMs, label: labelSchema.parse(valueOf(item)) }));
    const sentAtMs = new Map(items.map((item) => [item.transaction?.transactionId, item.atMs]));
    expect(labels.length).toBeGreaterThan(10);
    for (const { atMs, label } of labels) {
      expect(Date.parse(label.labelled_at)).toBe(atMs);
      expect(atMs - (sentAtMs.get(label.transaction_id) ?? 0)).toBe(2 * DAY_MS);
    }
    const known = ofKind(items, 'transaction').filter(
      ({ transaction, atMs }) => transaction?.isFraud && atMs + 2 * DAY_MS < (items.at(-1)?.atMs ?? 0),
    );
    expect(labels.length).toBeGreaterThanOrEqual(known.length);
  });

  test('a drift begins with the next day', () => {
    const [calm, drifted] = [aSource(), aSource()];
    drifted.nextDay();
    calm.nextDay();

    drifted.drift({ kind: 'spending', factor: 3 });

    const amounts = (source: TrafficSource): number =>
      ofKind(source.nextDay(), 'transaction').reduce((sum, item) => sum + (item.transaction?.amount ?? 0), 0);
    expect(amounts(drifted) / amounts(calm)).toBeCloseTo(3, 1);
  });
});

test('every good record passes the schema, and no bad one does', () => {
  const [good] = ofKind(aSource().nextDay(), 'transaction');
  const isValid = (value: string): boolean => {
    try {
      const { occurred_at } = transactionSchema.parse(JSON.parse(value));
      return Date.parse(occurred_at) < Date.UTC(2100, 0, 1);
    } catch {
      return false;
    }
  };
  const transaction = good?.transaction;
  if (transaction === undefined) throw new Error('the first day has no transaction');

  const bad = Object.keys(BREAKERS).map((_, n) => String(badRecord(transaction, n).value));

  expect(isValid(String(good?.record.value))).toBe(true);
  expect(bad.map(isValid)).toEqual(bad.map(() => false));
  expect(new Set(bad).size).toBe(7);
});

test('a label queue returns due labels and keeps the others', () => {
  const queue = new LabelQueue(100);
  const fraudAt = (occurredAtMs: number, isFraud = true) =>
    queue.add({
      transactionId: `${occurredAtMs}`,
      occurredAtMs,
      customerId: 'c',
      terminalId: 'm',
      amount: 1,
      isFraud,
      scenario: 0,
    });
  [0, 10, 20].forEach((ms) => fraudAt(ms));
  fraudAt(5, false);

  const due = queue.due(110).map((label) => label.labelledAtMs);

  expect(due).toEqual([100, 110]);
  expect(queue.size).toBe(1);
  expect(queue.due(1_000)).toHaveLength(1);
  expect(queue.due(1_000)).toEqual([]);
});

test('a live feed sends complete days in order until it is stopped, and reports a failure', async () => {
  const sent: string[] = [];
  const feed = new LiveFeed(
    aSource(),
    {
      write: async (records) => {
        sent.push(...records.map((record) => record.topic));
        if (sent.length > 500) throw new Error('broker away');
      },
      flush: async () => undefined,
    },
    Infinity,
    { transactionsAhead: () => undefined, backlog: () => 0 },
  );

  const failure = await new Promise<unknown>((resolve) => feed.start(resolve));
  await feed.stop();

  expect(failure).toMatchObject({ message: 'broker away' });
  expect(feed.sent).toBeGreaterThan(300);
});
