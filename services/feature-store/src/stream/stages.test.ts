import {
  ALL_TOPICS,
  deadLetterTopicName,
  featuresTopic,
  type FeaturesEvent,
  HEADERS,
  transactionsTopic,
  transactionsValidatedTopic,
  type ValidatedTransaction,
} from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { StreamedFeatures } from '@fraudflow/features';
import {
  type ConsumerRuntime,
  createCoPartitionedStage,
  createRepartitioningStage,
  ensureTopics,
  EventProducer,
  headerText,
  MemoryBus,
  MemoryStageStore,
  type RawRecord,
  readTopic,
} from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { customerStage } from './customer-stage.js';
import { StreamVector } from './stream-vector.js';
import { terminalStage } from './terminal-stage.js';

const START_MS = Date.UTC(2026, 4, 1);
const vector = new StreamVector(new StreamedFeatures('fraud_detection_features_v2'));

let bus: MemoryBus;
let producer: EventProducer;
let store: MemoryStageStore;
let outcomes: Map<string, number>;
let running: ConsumerRuntime[];

beforeEach(async () => {
  bus = new MemoryBus();
  producer = new EventProducer(bus);
  store = new MemoryStageStore();
  outcomes = new Map();
  running = [];
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions: 2 });
  await startStages();
});

afterEach(stopStages);

const counts = {
  events: (stage: string, outcome: string, count: number) => {
    const name = `${stage} ${outcome}`;
    outcomes.set(name, (outcomes.get(name) ?? 0) + count);
  },
  evicted: () => undefined,
  expired: () => undefined,
};

async function startStages(): Promise<void> {
  const limits = { entities: 100, bytes: 2 ** 26 };
  const dependencies = { bus, producer, logger: silentLogger };
  running = [
    createRepartitioningStage(customerStage(vector, limits, counts), store, dependencies),
    createCoPartitionedStage(terminalStage(vector, limits, counts), store, dependencies),
  ];
  await Promise.all(running.map((stage) => stage.start()));
}

async function stopStages(): Promise<void> {
  await Promise.all(running.splice(0).map((stage) => stage.stop()));
}

function aTransaction(id: string, day: number, changes: Partial<ValidatedTransaction> = {}): ValidatedTransaction {
  const occurred_at = new Date(START_MS + day * DAY_MS).toISOString();
  const keys = { customer_id: 'c1', terminal_id: 'm1' };
  return { transaction_id: id, occurred_at, ...keys, amount_minor: 1_000, currency: 'EUR', ...changes };
}

async function send(...transactions: readonly ValidatedTransaction[]): Promise<void> {
  await producer.send(
    transactionsValidatedTopic,
    transactions.map((value) => ({ value })),
  );
}

async function all(topic: string): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const { raw } of readTopic(bus.admin, topic, { until: 'end' })) records.push(raw);
  return records;
}

async function emitted(count: number): Promise<FeaturesEvent[]> {
  await vi.waitFor(async () => expect(await all(featuresTopic.name)).toHaveLength(count), 10_000);
  return (await all(featuresTopic.name)).map(({ value }) => JSON.parse(String(value)) as FeaturesEvent);
}

async function deadLetters(count: number): Promise<RawRecord[]> {
  const topic = deadLetterTopicName(transactionsTopic.name);
  await vi.waitFor(async () => expect(await all(topic)).toHaveLength(count), 10_000);
  return all(topic);
}

test('an exact duplicate is dropped and counted, and another transaction under its id becomes a dead letter', async () => {
  const first = aTransaction('x', 0);
  const other = aTransaction('x', 0.01, { amount_minor: 99_900, terminal_id: 'm2' });

  await send(first, first, other, aTransaction('last', 1));

  const [letter] = await deadLetters(1);
  const events = await emitted(2);
  expect(events.map(({ transaction }) => transaction.transaction_id)).toEqual(['x', 'last']);
  expect(JSON.parse(String(letter?.value))).toMatchObject({ transaction_id: 'x', amount: 999, terminal_id: 'm2' });
  expect(letter && headerText(letter, HEADERS.dlqErrorCode)).toBe('TRANSACTION_ID_REUSED');
  expect(letter && headerText(letter, HEADERS.dlqTopic)).toBe('transactions');
  expect([outcomes.get('customer duplicate'), outcomes.get('customer reused')]).toEqual([1, 1]);
});

test('the same transaction at another terminal becomes a dead letter', async () => {
  await send(aTransaction('x', 0), aTransaction('x', 0, { terminal_id: 'm2' }));

  const [letter] = await deadLetters(1);

  expect(JSON.parse(String(letter?.value))).toMatchObject({ terminal_id: 'm2', amount: 10 });
  await emitted(1);
});

test("a second customer's transaction under an id of the terminal becomes a dead letter of the terminal stage", async () => {
  await send(aTransaction('x', 0), aTransaction('x', 0, { customer_id: 'c2', amount_minor: 5_500 }));

  const [letter] = await deadLetters(1);

  expect(JSON.parse(String(letter?.value))).toMatchObject({ transaction_id: 'x', amount: 55, customer_id: 'c2' });
  expect(outcomes.get('terminal reused')).toBe(1);
  await emitted(1);
});

test('sending a file twice adds only rows that are flagged as late', async () => {
  const file = Array.from({ length: 61 }, (_, day) => aTransaction(`t${day}`, day));

  await send(...file);
  const before = await emitted(61);
  await send(...file);
  await vi.waitFor(() => expect(outcomes.get('customer duplicate')).toBe(37), 10_000);
  // 24 transactions are outside the 37 days of their customers; the 44 days of the terminals contain 7 of them.
  const repeats = (await emitted(61 + 17)).slice(61);

  expect(before.filter(({ late }) => late !== undefined)).toEqual([]);
  expect(repeats.filter(({ late }) => late === true)).toHaveLength(17);
  expect([outcomes.get('terminal duplicate'), outcomes.get('terminal too_late')]).toEqual([7, 17]);
});

test('stages that rebuild their state from the log publish nothing again, dead letters included', async () => {
  await send(aTransaction('x', 0), aTransaction('x', 1), aTransaction('y', 1));
  await deadLetters(1);
  await emitted(2);
  await vi.waitFor(async () => {
    const groups = ['feature-store.customer', 'feature-store.terminal'] as const;
    const topics = [transactionsValidatedTopic.name, 'features.by-terminal'] as const;
    for (const [i, group] of groups.entries()) {
      const committed = await bus.admin.committed(group, topics[i] ?? '');
      const ranges = await bus.admin.offsets(topics[i] ?? '');
      expect(ranges.map(({ end }, partition) => (end === 0 ? 0 : committed[partition]))).toEqual(
        ranges.map(({ end }) => end),
      );
    }
  }, 10_000);
  await stopStages();
  store.lose();
  await startStages();

  await send(aTransaction('z', 2), aTransaction('y', 3));

  await deadLetters(2);
  const events = await emitted(3);
  expect(events.map(({ transaction }) => transaction.transaction_id)).toEqual(['x', 'y', 'z']);
});
