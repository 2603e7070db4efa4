import { randomUUID } from 'node:crypto';
import { featureStatisticsV1, type FeaturesEvent, HEADERS } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, COMPUTED_FEATURES, StreamedFeatures } from '@fraudflow/features';
import { KafkaBus, type RawRecord } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { toFeatureRow } from '../offline/sink/sink-rows.js';
import { FeatureStatistics } from './feature-statistics.js';
import { serveControllers, type Serving } from '@fraudflow/service/testing/serve-controllers';
import { STATISTICS_SERVICE, StatisticsController } from '../protocols/grpc/statistics.controller.js';

const ALL_STREAMED = new StreamedFeatures('fraud_detection_features_v2');
const ROWS = 3_000;
const PARTITIONS = 2;
const CUSTOMERS = 40;
let bus: KafkaBus;
let serving: Serving;
let address: string;
let statistics: FeatureStatistics;
let topic: string;

beforeEach(async () => {
  topic = `features-${randomUUID()}`;
  bus = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'statistics-test', logger: silentLogger });
  const shape = {
    partitions: PARTITIONS,
    retentionMs: 3_600_000,
    cleanup: 'delete',
    maxMessageBytes: 1_000_000,
  } as const;
  await bus.admin.createTopics([{ name: topic, ...shape }]);
  statistics = new FeatureStatistics(FEATURE_REPOSITORY, ALL_STREAMED, systemClock);
  serving = await serveControllers({
    controllers: [StatisticsController],
    providers: [{ provide: FeatureStatistics, useValue: statistics }],
    services: [STATISTICS_SERVICE],
  });
  address = serving.grpcAddress;
});

afterEach(async () => {
  await serving.close();
  await bus.close();
});

test('the reported statistics equal those of the records in Kafka', async () => {
  await writeRows(Date.now() - 5_000);

  const records = await readAll();
  const rows = records.map(toFeatureRow);
  const appendedAtMs = records.map((record) => record.appendedAtMs);
  statistics.observe(rows, appendedAtMs);

  const { views } = await ask(['customer', 'transaction']);
  const [transaction, customer] = views;
  const lags = rows.map((row, i) => (appendedAtMs[i] ?? 0) - row.occurredAtMs);
  const newestEventMs = Math.max(...rows.map((row) => row.occurredAtMs));
  expect(customer).toMatchObject({ rows: ROWS, newestEventMs, newestWrittenMs: Math.max(...appendedAtMs) });
  expect(customer?.lag).toMatchObject({ recentRows: ROWS, maxMs: Math.max(...lags) });
  expect(Math.round(customer?.entities[0]?.distinct ?? 0)).toBe(CUSTOMERS);
  expect(customer?.entities[0]?.hotKeys[0]).toEqual({ key: 'c0', count: ROWS / 2, error: 0 });
  const amount = transaction?.features.find(({ name }) => name === 'tx_amount');
  expect(amount).toMatchObject({ count: ROWS - ROWS / 10, missing: ROWS / 10, min: 1, max: ROWS - 1 });
});

function anEvent(i: number, occurredAtMs: number): FeaturesEvent {
  const features = Object.fromEntries(COMPUTED_FEATURES.map(({ name }) => [name, 1]));
  if (i % 10 === 0) delete features['tx_amount'];
  else features['tx_amount'] = i;
  const occurred_at = new Date(occurredAtMs).toISOString();
  // One customer has half of the rows; the others share the rest.
  const customer_id = i % 2 === 0 ? 'c0' : `c${1 + (i % (CUSTOMERS - 1))}`;
  const keys = { transaction_id: `t${i}`, customer_id, terminal_id: `m${i % 7}` };
  const transaction = { ...keys, occurred_at, amount_minor: 100 * i, currency: 'EUR' };
  return {
    transaction,
    feature_service: ALL_STREAMED.service.name,
    feature_service_version: 2,
    features,
  } as FeaturesEvent;
}

async function writeRows(fromMs: number): Promise<void> {
  const producer = bus.producer();
  await producer.write(
    Array.from({ length: ROWS }, (_, i) => ({
      topic,
      partition: i % PARTITIONS,
      key: `m${i % 7}`,
      value: JSON.stringify(anEvent(i, fromMs + i)),
      headers: { [HEADERS.sourcePartition]: 'features.by-terminal:0', [HEADERS.sourceOffset]: String(i) },
    })),
  );
  await producer.close();
}

async function readAll(): Promise<readonly RawRecord[]> {
  const all: RawRecord[] = [];
  for (const [partition, { start, end }] of (await bus.admin.offsets(topic)).entries()) {
    for (let offset = start; offset < end;) {
      const { records, nextOffset } = await bus.admin.read({ topic, partition }, offset);
      all.push(...records);
      offset = nextOffset;
    }
  }
  return all;
}

async function ask(views: string[]): Promise<featureStatisticsV1.GetFeatureStatisticsResponse> {
  const client = createGrpcClient(featureStatisticsV1.FeatureStatisticsServiceClient, address);
  try {
    const call = client.getFeatureStatistics.bind(client);
    return await callUnary('GetFeatureStatistics', call, { views, hotKeys: 3 }, 5_000);
  } finally {
    client.close();
  }
}
