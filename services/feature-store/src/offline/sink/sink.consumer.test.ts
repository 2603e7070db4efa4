import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  type FeaturesEvent,
  featuresTopic,
  HEADERS,
} from '@fraudflow/contracts';
import { type EventBus, MemoryBus, type RawRecord, type TopicPartition } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { OfflineSink } from './offline-sink.js';
import type { FeatureRow, LabelRow, OfflineLoad, OfflineStore, SetAsideRow } from './offline-store.port.js';
import { SinkConsumer } from './sink.consumer.js';

class MemoryStore {
  readonly next = new Map<string, number>();
  readonly features: FeatureRow[] = [];
  readonly labels: LabelRow[] = [];

  async load(load: OfflineLoad): Promise<readonly SetAsideRow[]> {
    for (const { move, features, labels } of load) {
      this.next.set(`${move.topic}:${move.partition}`, move.next);
      this.features.push(...features);
      this.labels.push(...labels);
    }
    return [];
  }

  async nextOffset(topic: string, partition: number): Promise<number> {
    return this.next.get(`${topic}:${partition}`) ?? 0;
  }
}

interface Loss {
  readonly target: TopicPartition;
  readonly from: number;
  readonly to: number;
}

interface Taken {
  readonly ids: readonly string[];
  readonly appendedAtMs: readonly number[];
}

const TARGET = { topic: featuresTopic.name, partition: 0 };

function aConsumer(
  logStart = 0,
  logEnd = 1_000,
): {
  consumer: SinkConsumer;
  store: MemoryStore;
  sink: OfflineSink;
  losses: Loss[];
  unreadable: number[];
  taken: Taken[];
} {
  const store = new MemoryStore();
  const losses: Loss[] = [];
  const unreadable: number[] = [];
  const taken: Taken[] = [];
  const silent = {
    rowsLoaded: () => undefined,
    rowsSetAside: () => undefined,
    loadFailed: () => undefined,
    partitionLost: () => undefined,
  };
  const sink = new OfflineSink(store as unknown as OfflineStore, { flushEveryMs: 60_000, maxRows: 100 }, silent);
  const memory = new MemoryBus();
  const bus = {
    consumer: memory.consumer.bind(memory),
    admin: { offsetRange: async () => ({ start: logStart, end: logEnd }) },
  } as unknown as EventBus;
  const consumer = new SinkConsumer(bus, sink, store as unknown as OfflineStore, {
    taken: (rows, appendedAtMs) => taken.push({ ids: rows.map((row) => row.transactionId), appendedAtMs }),
    unreadable: (_topic, _partition, offset) => unreadable.push(offset),
    lostToRetention: (target, from, to) => losses.push({ target, from, to }),
  });
  return { consumer, store, sink, losses, unreadable, taken };
}

function record(offset: number, value: unknown, headers: Record<string, string> = {}): RawRecord {
  return { offset, key: null, value: Buffer.from(JSON.stringify(value)), headers, appendedAtMs: 0 };
}

const transaction = {
  transaction_id: 't1',
  occurred_at: '2026-05-01T12:00:00.000Z',
  customer_id: 'c1',
  terminal_id: 'm1',
  amount_minor: 1_250,
  currency: 'EUR',
};
const source = { [HEADERS.sourcePartition]: 'features.by-terminal:3', [HEADERS.sourceOffset]: '77' };
const event: FeaturesEvent = {
  transaction,
  feature_service: 'fraud_detection_features',
  feature_service_version: 1,
  features: { tx_amount: 12.5 },
};
const { signal } = new AbortController();
const batch = (target: TopicPartition, records: readonly RawRecord[], fetchOffset = records[0]?.offset ?? 0) => ({
  ...target,
  records,
  fetchOffset,
  nextOffset: (records.at(-1)?.offset ?? 0) + 1,
  highWatermark: 1_000,
});

test('a row has its values by feature name, and its positions in the logs of its terminal and its customer', async () => {
  const { consumer, store, sink } = aConsumer();

  await consumer.batch(batch(TARGET, [record(0, event, { ...source, origin: '5:99' })]), { signal });
  await sink.stop();

  expect(store.features[0]).toMatchObject({ transactionId: 't1', amountMinor: 1_250 });
  expect(store.features[0]?.vector.slice(0, 2)).toEqual(Float64Array.of(12.5, Number.NaN));
  expect(store.features[0]?.log).toEqual({ partition: 3, offset: 77 });
  expect(store.features[0]?.origin).toEqual({ partition: 5, offset: 99 });
});

test('the late flag and the amount in the base currency are stored', async () => {
  const { consumer, store, sink } = aConsumer();
  const foreign = {
    ...transaction,
    currency: 'USD',
    base_amount_minor: 1_151,
    base_currency: 'EUR',
    exchange_rate: '0.9213',
  };

  const records = [event, { ...event, late: true }, { ...event, transaction: foreign }].map((value, i) =>
    record(i, value, source),
  );
  await consumer.batch(batch(TARGET, records), { signal });
  await sink.stop();

  expect(store.features.map(({ isLate, baseAmountMinor }) => [isLate, baseAmountMinor])).toEqual([
    [false, undefined],
    [true, undefined],
    [false, 1_151],
  ]);
  expect(store.features[2]).toMatchObject({ amountMinor: 1_250, currency: 'USD' });
});

test.each([
  ['a transaction without its customer', TARGET, { ...event, transaction: { ...transaction, customer_id: undefined } }],
  ['a transaction with an invalid time', TARGET, { ...event, transaction: { ...transaction, occurred_at: 'soon' } }],
  [
    'a label with an invalid time',
    { topic: featuresByTerminalTopic.name, partition: 2 },
    { kind: 'label', label: { ...transaction, is_fraud: true, labelled_at: 'soon', source: 'analyst' } },
  ],
])('%s is unreadable', async (_what, target, value) => {
  const { consumer, store, sink, unreadable } = aConsumer();

  await consumer.batch(batch(target, [record(4, value, source)]), { signal });
  await sink.stop();

  expect(unreadable).toEqual([4]);
  expect([store.features, store.labels]).toEqual([[], []]);
});

test('labels are read from features.by-terminal, whose transactions are skipped', async () => {
  const { consumer, store, sink } = aConsumer();
  const label = {
    ...transaction,
    is_fraud: true,
    labelled_at: '2026-05-09T00:00:00.000Z',
    source: 'chargeback' as const,
  };
  const events: ByTerminalEvent[] = [
    { kind: 'transaction', transaction, vector: [], attributes: 0 },
    { kind: 'label', label },
  ];

  const records = events.map((value, i) => record(40 + i, value));
  await consumer.batch(batch({ topic: featuresByTerminalTopic.name, partition: 2 }, records), { signal });
  await sink.stop();

  expect(store.features).toEqual([]);
  expect(store.labels).toMatchObject([{ transactionId: 't1', isFraud: true, log: { partition: 2, offset: 41 } }]);
});

test('an unreadable record is reported and skipped, and the others are loaded', async () => {
  const { consumer, store, sink, unreadable } = aConsumer();

  await consumer.batch(batch(TARGET, [record(0, event), record(1, event, source)]), { signal });
  await sink.stop();

  expect(unreadable).toEqual([0]);
  expect(store.features).toHaveLength(1);
});

test('readable rows are reported with their append times', async () => {
  const { consumer, taken, sink } = aConsumer();
  const records = [record(0, event), { ...record(1, event, source), appendedAtMs: 77 }];

  await consumer.batch(batch(TARGET, records), { signal });
  await sink.stop();

  expect(taken).toEqual([{ ids: ['t1'], appendedAtMs: [77] }]);
});

test('records that the log deleted before they were read are counted as lost, and reading resumes at the start of the log', async () => {
  const { consumer, store, losses, sink } = aConsumer(50);
  store.next.set('features:0', 20);

  const start = await consumer.assigned(TARGET);
  await sink.stop();

  expect(start).toBe(50);
  expect(losses).toEqual([{ target: TARGET, from: 20, to: 50 }]);
  expect(await store.nextOffset('features', 0)).toBe(50);
});

test('a partition that was never read starts at the beginning of its log, without a reported loss', async () => {
  const { consumer, losses, sink } = aConsumer(50);

  expect(await consumer.assigned(TARGET)).toBe(50);
  await sink.stop();

  expect(losses).toEqual([]);
});

test('records deleted during reading are counted as lost', async () => {
  const { consumer, losses, sink } = aConsumer(7);

  await consumer.batch(batch(TARGET, [record(7, event, source)], 3), { signal });
  await sink.stop();

  expect(losses).toMatchObject([{ from: 3, to: 7 }]);
});

test('a stored offset beyond the end of the log is refused', async () => {
  const { consumer, store, sink } = aConsumer(0, 10);
  store.next.set('features:0', 11);

  await expect(consumer.assigned(TARGET)).rejects.toMatchObject({ code: 'STATE_AHEAD_OF_LOG' });
  await sink.stop();
});
