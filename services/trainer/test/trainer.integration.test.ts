// Real: Kafka, HTTP, gRPC. Absent: the feature store and the registry, so a training waits until it is cancelled.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@fraudflow/config';
import {
  retrainingRequestedTopic,
  type TrainingCompleted,
  trainingCompletedTopic,
  trainingV1,
} from '@fraudflow/contracts';
import { declaredTopics, ensureTopics, EventProducer, KafkaBus, readTopic } from '@fraudflow/messaging';
import { createMetrics, HealthRegistry, silentLogger } from '@fraudflow/observability';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { trainerConfigSchema } from '../src/config.js';
import { type RunningTrainer, startTrainer } from '../src/start.js';
import { streams } from '../src/streams.js';

const DEADLINE_MS = 5_000;
const ABSENT = '127.0.0.1:1';
// The broker is shared: a separate model name distinguishes our requests from others'.
const model = `trainer-${randomBytes(4).toString('hex')}`;

let bus: KafkaBus;
let producer: EventProducer;
let trainer: RunningTrainer;
let client: trainingV1.TrainingServiceClient;

beforeAll(async () => {
  bus = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'trainer-test', logger: silentLogger });
  await ensureTopics(bus.admin, declaredTopics(streams), { partitions: 1 });
  producer = new EventProducer(bus);
  trainer = await start();
  client = createGrpcClient(trainingV1.TrainingServiceClient, `127.0.0.1:${trainer.grpcPort}`);
});

afterAll(async () => {
  client.close();
  await trainer.stop();
  await producer.close();
  await bus.close();
});

function start(): Promise<RunningTrainer> {
  const config = loadConfig(trainerConfigSchema, {
    FRAUDFLOW_KAFKA_BROKERS: inject('kafkaBrokers').join(','),
    FRAUDFLOW_FEATURE_STORE_GRPC_ADDRESS: ABSENT,
    FRAUDFLOW_REGISTRY_HTTP_ADDRESS: `http://${ABSENT}`,
    FRAUDFLOW_MODEL_NAME: model,
    FRAUDFLOW_TRAINER_GRPC_PORT: '0',
    FRAUDFLOW_TRAINER_HTTP_PORT: '0',
    // Any file: it is loaded by the training process, which does not start here.
    FRAUDFLOW_XGBOOST_LIBRARY: fileURLToPath(import.meta.url),
  });
  const metrics = createMetrics('trainer');
  return startTrainer({ service: 'trainer', config, logger: silentLogger, metrics, health: new HealthRegistry() });
}

async function request(requestId: string): Promise<void> {
  const value = {
    request_id: requestId,
    model_name: model,
    model_version: '1',
    reason: 'manual' as const,
    requested_by: 'test',
    requested_at: '2026-05-01T00:00:00.000Z',
    evidence: {},
  };
  await producer.send(retrainingRequestedTopic, [{ value, eventId: requestId, occurredAt: value.requested_at }]);
}

async function state(requestId: string): Promise<string | undefined> {
  const { training } = await callUnary('GetTraining', client.getTraining.bind(client), { requestId }, DEADLINE_MS);
  return training?.state;
}

async function ends(): Promise<TrainingCompleted[]> {
  const found: TrainingCompleted[] = [];
  for await (const { value } of readTopic(bus.admin, trainingCompletedTopic.name, { until: 'end' })) {
    found.push(trainingCompletedTopic.schema.parse(JSON.parse(String(value))));
  }
  return found.filter(({ model_name: name }) => name === model);
}

const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 100 });

test('a request on the topic is processed again after a restart, and its end is announced once', async () => {
  await request('r1');
  await eventually(async () => expect(await state('r1')).toBe('preparing'));

  client.close();
  await trainer.stop();
  expect(await ends()).toEqual([]);
  trainer = await start();
  client = createGrpcClient(trainingV1.TrainingServiceClient, `127.0.0.1:${trainer.grpcPort}`);
  await eventually(async () => expect(await state('r1')).toBe('preparing'));
  await callUnary('CancelTraining', client.cancelTraining.bind(client), { requestId: 'r1' }, DEADLINE_MS);

  await eventually(async () => expect(await ends()).toMatchObject([{ request_id: 'r1', outcome: 'cancelled' }]));
});

test('the operational routes are served', async () => {
  const ready = await fetch(`http://127.0.0.1:${trainer.httpPort}/ready`);
  const metrics = await (await fetch(`http://127.0.0.1:${trainer.httpPort}/metrics`)).text();

  expect(ready.status).toBe(200);
  expect(metrics).toContain('trainer_trainings_total');
});
