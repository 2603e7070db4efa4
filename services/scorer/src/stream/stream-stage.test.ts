import {
  type FeaturesEvent,
  featuresTopic,
  type ScoredTransaction,
  scoreSchema,
  transactionsScoredTopic,
} from '@fraudflow/contracts';
import { FEATURE_NAMES } from '@fraudflow/features';
import { EventProducer, MemoryBus, type RawRecord } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { afterEach, expect, test, vi } from 'vitest';
import { aConstantArtifact, anArtifact } from '../../test/support/a-model.js';
import {
  aScorer,
  aServingScorer,
  aTransaction,
  metricValue,
  NOW_MS,
  type TestScorer,
} from '../../test/support/a-scorer.js';
import { StreamStage } from './stream-stage.js';

const PARTITIONS = 2;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aBus(): Promise<MemoryBus> {
  const bus = new MemoryBus();
  const limits = { partitions: PARTITIONS, retentionMs: -1, cleanup: 'delete' as const, maxMessageBytes: 1_000_000 };
  const names = [featuresTopic.name, transactionsScoredTopic.name];
  await bus.admin.createTopics(names.map((name) => ({ name, ...limits })));
  return bus;
}

function aStage(scorer: TestScorer, bus: MemoryBus): StreamStage {
  const dependencies = { bus, producer: new EventProducer(bus), logger: silentLogger, metrics: new Registry() };
  const stage = new StreamStage(scorer.slot, scorer.streamScorer, scorer.events, dependencies);
  closing.push(() => stage.stop(1_000));
  return stage;
}

function aFeaturesEvent(index: number, amount = 12.5): FeaturesEvent {
  return {
    transaction: {
      transaction_id: `t${index}`,
      occurred_at: new Date(NOW_MS + index).toISOString(),
      customer_id: `c${index % 7}`,
      terminal_id: `m${index % 5}`,
      amount_minor: amount * 100,
      currency: 'EUR',
    },
    feature_service: 'fraud_detection_features',
    feature_service_version: 1,
    features: { ...Object.fromEntries(FEATURE_NAMES.map((name) => [name, 0])), tx_amount: amount },
  };
}

async function produce(bus: MemoryBus, events: readonly FeaturesEvent[]): Promise<void> {
  const producer = new EventProducer(bus);
  await producer.send(
    featuresTopic,
    events.map((value) => ({ value, occurredAt: value.transaction.occurred_at })),
  );
  await producer.close();
}

async function recordsOf(bus: MemoryBus, topic: string): Promise<(RawRecord & { partition: number })[]> {
  const found: (RawRecord & { partition: number })[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { records } = await bus.admin.read({ topic, partition }, 0);
    found.push(...records.map((record) => ({ ...record, partition })));
  }
  return found;
}

async function scoresOf(bus: MemoryBus): Promise<ScoredTransaction[]> {
  const records = await recordsOf(bus, transactionsScoredTopic.name);
  return records.map(({ value }) => scoreSchema.parse(JSON.parse(String(value))));
}

async function untilScored(bus: MemoryBus, count: number): Promise<ScoredTransaction[]> {
  await vi.waitFor(async () => expect(await scoresOf(bus)).toHaveLength(count), { timeout: 10_000 });
  return scoresOf(bus);
}

test('every transaction is scored once, on its input partition, with vector, decision and model', async () => {
  const bus = await aBus();
  await produce(
    bus,
    Array.from({ length: 50 }, (_, index) => aFeaturesEvent(index, index === 3 ? 500 : 12.5)),
  );
  const scorer = await aServingScorer(anArtifact({ version: '7' }));

  aStage(scorer, bus).start();
  const scores = await untilScored(bus, 50);

  expect(new Set(scores.map(({ transaction }) => transaction.transaction_id)).size).toBe(50);
  const large = scores.find(({ transaction }) => transaction.transaction_id === 't3');
  expect(large).toMatchObject({ outcome: 'review', is_fraud: true, model_version: '7', features: { tx_amount: 500 } });
  const [inputs, outputs] = [await recordsOf(bus, 'features'), await recordsOf(bus, 'transactions.scored')];
  const places = (records: typeof inputs) =>
    records.map(({ key, partition }) => `${String(key)}@${partition}`).toSorted();
  expect(places(outputs)).toEqual(places(inputs));
  const line = 'fraud_scores_total{model="fraud_detector",version="7",path="stream",decision="approve"}';
  expect(await metricValue(scorer.metrics, line)).toBe(49);
});

test('without a model the stream waits and loses no record', async () => {
  const bus = await aBus();
  await produce(bus, [aFeaturesEvent(1), aFeaturesEvent(2)]);
  const scorer = aScorer();
  const stage = aStage(scorer, bus);

  stage.start();
  const before = { health: stage.health(), scores: await scoresOf(bus) };
  scorer.repository.production = anArtifact();
  await scorer.loader.refresh();
  const after = await untilScored(bus, 2);

  expect(before.health).toMatchObject({ ok: false, detail: expect.stringContaining('waits for a model') });
  expect(before.scores).toHaveLength(0);
  expect(after).toHaveLength(2);
  expect(stage.health().ok).toBe(true);
});

test('a stage that waits for a model can be stopped', async () => {
  const stage = aStage(aScorer(), await aBus());

  stage.start();

  await expect(stage.stop()).resolves.toBeUndefined();
});

test('a new process resumes after the last output and uses its own model', async () => {
  const bus = await aBus();
  await produce(bus, [aFeaturesEvent(1), aFeaturesEvent(2)]);
  const first = aStage(await aServingScorer(aConstantArtifact('1', 0.1)), bus);
  first.start();
  await untilScored(bus, 2);
  await first.stop();
  await produce(bus, [aFeaturesEvent(3)]);

  aStage(await aServingScorer(aConstantArtifact('2', 0.9)), bus).start();
  const scores = await untilScored(bus, 3);

  const versions = new Map(scores.map((score) => [score.transaction.transaction_id, score.model_version]));
  expect(Object.fromEntries(versions)).toEqual({ t1: '1', t2: '1', t3: '2' });
});

test('an invalid record is skipped and does not stop the stream', async () => {
  const bus = await aBus();
  const writer = bus.producer();
  const foreign = [
    '{"transaction":{}}',
    'no json',
    '{"transaction":{"transaction_id":"x","terminal_id":"m"},"features":{"a":"b"}}',
  ];
  await writer.write(foreign.map((value) => ({ topic: 'features', partition: 0, key: 'k', value, headers: {} })));
  await produce(bus, [aFeaturesEvent(1), aFeaturesEvent(2), aFeaturesEvent(3)]);

  aStage(await aServingScorer(anArtifact()), bus).start();
  await untilScored(bus, 3);

  expect(await recordsOf(bus, transactionsScoredTopic.name)).toHaveLength(3);
});

test('the features of a request are compared with those of the stream', async () => {
  const bus = await aBus();
  const scorer = await aServingScorer(anArtifact());
  const input = { kind: 'transaction' as const, transaction: aTransaction({ transactionId: 't1' }) };
  await scorer.predictions.predict({
    input,
    requestId: '',
    threshold: undefined,
    deadline: { atMs: NOW_MS + 1_000, givenMs: undefined },
  });
  const event = aFeaturesEvent(0, 12.5);
  const transaction = { ...event.transaction, transaction_id: 't1', customer_id: 'c1', terminal_id: 'm1' };
  await produce(bus, [{ ...event, transaction, features: { ...event.features, tx_amount: 13.5 } }]);

  aStage(scorer, bus).start();
  await untilScored(bus, 1);

  expect(await metricValue(scorer.metrics, 'online_offline_skew_total{result="different"}')).toBe(1);
  expect(await metricValue(scorer.metrics, 'online_offline_skew_max_abs_difference')).toBeGreaterThan(0);
});
