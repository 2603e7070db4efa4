import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, Secret } from '@fraudflow/config';
import {
  ALL_TOPICS,
  type FeaturesEvent,
  featuresTopic,
  modelsEventsTopic,
  type Prediction,
  predictionsTopic,
  type ScoredTransaction,
  scoringV1,
  type TopicDefinition,
  transactionsScoredTopic,
} from '@fraudflow/contracts';
import { partitionOf } from '@fraudflow/core';
import { CustomerState, FEATURE_NAMES, idHash } from '@fraudflow/features';
import { ensureTopics, EventProducer, KafkaBus } from '@fraudflow/messaging';
import { createMetrics, HealthRegistry, silentLogger } from '@fraudflow/observability';
import { connectRedis, RedisStageStore } from '@fraudflow/redis';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { scorerConfigSchema } from '../src/config.js';
import { type RunningScorer, startScorer } from '../src/start.js';
import { aConstantArtifact } from './support/a-model.js';
import { FakeRegistry } from './fake-registry.js';
import { stackAddresses } from './stack-addresses.js';

// Real: Kafka, Redis, gRPC, HTTP, ONNX Runtime. Fake: the registry (over real HTTP) and the feature store (the test
// writes its records and states).

const NOW_MS = Date.parse('2026-04-01T12:00:00Z');
const DEFAULT_PARTITIONS = 4;
/** The broker is shared with other tests; the ids with this value identify the records of this test. */
const run = randomBytes(4).toString('hex');

let bus: KafkaBus;
let producer: EventProducer;
let registry: FakeRegistry;
let scorer: RunningScorer;
let partitions: number;
let modelFolder: string;

beforeAll(async () => {
  modelFolder = await mkdtemp(join(tmpdir(), 'scorer-models-'));
  bus = new KafkaBus({ brokers: stackAddresses().kafkaBrokers, clientId: 'scorer-test', logger: silentLogger });
  partitions = (await bus.admin.partitionCount(featuresTopic.name)) ?? DEFAULT_PARTITIONS;
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions });
  producer = new EventProducer(bus);
  registry = await FakeRegistry.start();
  scorer = await start();
});

afterAll(async () => {
  await scorer.stop();
  await producer.close();
  await bus.close();
  await registry.stop();
  await rm(modelFolder, { recursive: true, force: true });
});

function start(): Promise<RunningScorer> {
  const { kafkaBrokers, redisUrl } = stackAddresses();
  const config = loadConfig(scorerConfigSchema, {
    FRAUDFLOW_KAFKA_BROKERS: kafkaBrokers.join(','),
    FRAUDFLOW_KAFKA_PARTITIONS: String(partitions),
    FRAUDFLOW_REDIS_URL: redisUrl,
    FRAUDFLOW_REGISTRY_HTTP_ADDRESS: registry.address,
    FRAUDFLOW_SCORER_MODEL_FOLDER: modelFolder,
    FRAUDFLOW_SCORER_GRPC_PORT: '0',
    FRAUDFLOW_SCORER_HTTP_PORT: '0',
    // The poll interval is long, so only a model event can load a new model in time.
    FRAUDFLOW_SCORER_MODEL_POLL: '1h',
    FRAUDFLOW_SCORER_MODEL_RETRY: '1h',
  });
  const metrics = createMetrics('scorer');
  return startScorer({ service: 'scorer', config, logger: silentLogger, metrics, health: new HealthRegistry() });
}

async function promote(version: string, probability: number): Promise<void> {
  registry.production = aConstantArtifact(version, probability);
  const value = {
    event_id: `${run}-${version}`,
    sequence: Number(version),
    kind: 'stage_changed' as const,
    model_name: 'fraud_detector',
    model_version: version,
    to_stage: 'Production',
    actor: 'test',
    occurred_at: new Date(NOW_MS).toISOString(),
  };
  await producer.send(modelsEventsTopic, [{ value }]);
}

function aFeaturesEvent(index: number): FeaturesEvent {
  return {
    transaction: {
      transaction_id: `${run}-${index}`,
      occurred_at: new Date(NOW_MS + index).toISOString(),
      customer_id: `c${index % 31}`,
      terminal_id: `m${index % 17}`,
      amount_minor: 1_250,
      currency: 'EUR',
    },
    feature_service: 'fraud_detection_features',
    feature_service_version: 1,
    features: { ...Object.fromEntries(FEATURE_NAMES.map((name) => [name, 0])), tx_amount: 12.5 },
  };
}

async function produceFeatures(from: number, until: number): Promise<void> {
  const values = Array.from({ length: until - from }, (_, index) => aFeaturesEvent(from + index));
  await producer.send(
    featuresTopic,
    values.map((value) => ({ value, occurredAt: value.transaction.occurred_at })),
  );
}

/** The values on a topic that belong to this test. */
async function readAll<Value>(topic: TopicDefinition<Value>, isOurs: (value: Value) => boolean): Promise<Value[]> {
  const found: Value[] = [];
  for (const [partition, { end }] of (await bus.admin.offsets(topic.name)).entries()) {
    for (let at = 0; at < end;) {
      const { records, nextOffset } = await bus.admin.read({ topic: topic.name, partition }, at);
      found.push(...records.map(({ value }) => topic.schema.parse(JSON.parse(String(value)))).filter(isOurs));
      at = Math.max(nextOffset, at + 1);
    }
  }
  return found;
}

function scores(): Promise<ScoredTransaction[]> {
  return readAll(transactionsScoredTopic, ({ transaction }) => transaction.transaction_id.startsWith(`${run}-`));
}

async function untilScored(count: number): Promise<ScoredTransaction[]> {
  await vi.waitFor(async () => expect((await scores()).length).toBeGreaterThanOrEqual(count), {
    timeout: 60_000,
    interval: 200,
  });
  return scores();
}

function predict(transactionId: string): Promise<scoringV1.PredictResponse> {
  const client = createGrpcClient(scoringV1.ScoringServiceClient, `127.0.0.1:${scorer.grpcPort}`);
  const transaction = { transactionId, occurredAtMs: NOW_MS, customerId: `c-${run}`, terminalId: `m-${run}` };
  const request = scoringV1.PredictRequest.create({
    input: { $case: 'transaction', value: { ...transaction, amountMinor: 3_000, currency: 'EUR' } },
  });
  return callUnary('Predict', client.predict.bind(client), request, 5_000).finally(() => client.close());
}

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://127.0.0.1:${scorer.httpPort}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('before a model is loaded the service is not ready, responds UNAVAILABLE, and scores nothing', async () => {
  await produceFeatures(0, 300);

  const ready = await get('/ready');

  expect(ready.status).toBe(503);
  expect(ready.body['checks']).toMatchObject({ kafka: { ok: true }, redis: { ok: true }, model: { ok: false } });
  await expect(predict(`${run}-early`)).rejects.toMatchObject({ kind: 'unavailable', code: 'MODEL_NOT_LOADED' });
  expect(await scores()).toHaveLength(0);
});

test('the first event on models.events starts the stream, which scores each waiting record once', async () => {
  await promote('1', 0.2);

  const scored = await untilScored(300);

  expect(scored).toHaveLength(300);
  expect(new Set(scored.map(({ transaction }) => transaction.transaction_id)).size).toBe(300);
  expect(new Set(scored.map((score) => score.model_version))).toEqual(new Set(['1']));
  await vi.waitFor(async () => expect((await get('/ready/stream')).status).toBe(200));
  expect((await get('/ready')).status).toBe(200);
});

test('Predict reads the states that the feature store commits, and its result is sent to predictions', async () => {
  const redis = await connectRedis({ url: new Secret(stackAddresses().redisUrl), logger: silentLogger });
  const store = new RedisStageStore(redis);
  const customer = CustomerState.empty();
  customer.apply({ idHash: idHash('before'), occurredAtMs: NOW_MS - 60_000, amountMinor: 1_000 });
  const writes = { customer: new Map([[`c-${run}`, customer.encode()]]), terminal: new Map<string, Uint8Array>() };
  for (const [stage, key] of [['customer', `c-${run}`] as const, ['terminal', `m-${run}`] as const]) {
    const id = { stage, partition: partitionOf(key, partitions) };
    const { epoch, nextOffset } = await store.claim(id);
    const next = (nextOffset ?? 0) + 1;
    await store.commit({ id, epoch, expected: nextOffset, next, writes: writes[stage], seen: new Map() });
  }

  const response = await predict(`${run}-request`);
  redis.disconnect();

  expect(response.features).toMatchObject({
    tx_amount: 30,
    customer_id_nb_tx_1day_window: 2,
    customer_id_avg_amount_1day_window: 20,
  });
  expect(response).toMatchObject({ modelVersion: '1', staleFeatures: false });
  const isOurs = (prediction: Prediction): boolean => prediction.request_id === response.requestId;
  await vi.waitFor(async () => expect(await readAll(predictionsTopic, isOurs)).toHaveLength(1));
});

test('a model swap under load fails no call', async () => {
  const versions = new Set<string>();
  let isDone = false;
  const caller = async (lane: number): Promise<void> => {
    for (let call = 0; !isDone; call++) versions.add((await predict(`${run}-load-${lane}-${call}`)).modelVersion);
  };
  const callers = [0, 1, 2, 3].map(caller);

  await promote('2', 0.95);
  await vi.waitFor(() => expect(versions).toContain('2'), { timeout: 30_000 });
  isDone = true;
  await Promise.all(callers);

  expect(versions).toContain('2');
});

test('a successor resumes after the last output: no record is lost or scored twice', async () => {
  await produceFeatures(300, 600);
  await scorer.stop();
  await produceFeatures(600, 700);

  scorer = await start();
  const scored = await untilScored(700);

  expect(scored).toHaveLength(700);
  expect(new Set(scored.map(({ transaction }) => transaction.transaction_id)).size).toBe(700);
});

test('after a restart with an unusable Production version it serves the last good version and reports the refused one', async () => {
  await scorer.stop();
  registry.production = { name: 'fraud_detector', version: '3', onnx: Buffer.from('no model') };

  scorer = await start();
  await vi.waitFor(async () => expect((await get('/ready')).status).toBe(200));

  const { body } = await get('/ready');
  expect(JSON.stringify(body['checks'])).toContain('version 3 in Production is refused');
  expect(await predict(`${run}-restarted`)).toMatchObject({ modelVersion: '2' });
  await produceFeatures(700, 710);
  const scored = await untilScored(710);
  expect(scored.at(-1)?.model_version).toBe('2');
});
