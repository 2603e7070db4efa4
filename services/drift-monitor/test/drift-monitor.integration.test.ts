// Real: Kafka, Redis. Faked: the registry's profiles.
import { randomBytes } from 'node:crypto';
import { loadConfig, Secret } from '@fraudflow/config';
import { ALL_TOPICS, transactionsScoredTopic } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { ensureTopics, KafkaBus } from '@fraudflow/messaging';
import { createMetrics, HealthRegistry, silentLogger } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { driftMonitorConfigSchema } from '../src/config.js';
import { RedisCheckpointStore } from '../src/session/adapters/redis-checkpoint-store.js';
import type { MonitorRunner } from '../src/session/monitor-runner.js';
import { startDriftMonitor } from '../src/start.js';
import { streams } from '../src/streams.js';
import { rowsOf } from './monitor-factories.js';
import { MonitorWorld } from './monitor-world.js';

const DEFAULT_PARTITIONS = 4;
// The broker is shared with other tests: a separate model name distinguishes the records of this test, and their event
// times are years later than those of other tests.
const run = randomBytes(4).toString('hex');
const model = `drift-${run}`;
const ROWS = rowsOf(9, 200, (day) => (day >= 4 ? 0.8 : 0)).map((row) => ({
  ...row,
  model,
  transactionId: `${run}-${row.transactionId}`,
  eventAtMs: row.eventAtMs + 1_000 * DAY_MS,
}));
/** Days 0 to 7 are closed when day 8 begins. */
const WINDOWS = 8;

let partitions: number;
let bus: KafkaBus;
let redis: Awaited<ReturnType<typeof connectRedis>>;
let world: MonitorWorld<KafkaBus, RedisCheckpointStore>;
const started: MonitorRunner[] = [];

beforeAll(async () => {
  bus = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'drift-monitor-test', logger: silentLogger });
  partitions = (await bus.admin.partitionCount(transactionsScoredTopic.name)) ?? DEFAULT_PARTITIONS;
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions });
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  world = MonitorWorld.over(bus, new RedisCheckpointStore(redis, `test-${run}:{drift-monitor}`));
});

afterAll(async () => {
  for (const runner of started) await runner.stop();
  await world.producer.close();
  for (const prefix of [`test-${run}:{drift-monitor}`, streams.state.checkpoint.name]) {
    await redis.del(['epoch', 'lease', 'checkpoint'].map((name) => `${prefix}:${name}`));
  }
  redis.disconnect();
  await bus.close();
});

function start(): MonitorRunner {
  const { runner } = world.monitor(undefined, { checkpointMs: 200, leaseMs: 3_000 });
  started.push(runner);
  runner.start();
  return runner;
}

const verdicts = async (): Promise<string[]> => (await world.verdictIds()).filter((id) => id.startsWith(`${model}:`));
const rowsIn = (runner: MonitorRunner): number | undefined =>
  runner.session?.state.versions.find(({ identity }) => identity.model === model)?.rows;
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 100 });

test('on real Kafka and Redis each window has one verdict after a stop, a replacement and a lost checkpoint', async () => {
  const first = start();
  await world.score(ROWS.slice(0, 900));
  await eventually(async () => expect(await verdicts()).toHaveLength(4));
  await first.stop();

  const second = start();
  await world.score(ROWS.slice(900));
  await eventually(async () => expect(await verdicts()).toHaveLength(WINDOWS));
  await eventually(() => expect(rowsIn(second)).toBe(ROWS.length));
  await second.stop();
  await redis.del(`test-${run}:{drift-monitor}:checkpoint`);

  const third = start();
  await eventually(() => expect(rowsIn(third)).toBe(ROWS.length));
  await third.stop();

  const ids = await verdicts();
  expect(ids).toHaveLength(WINDOWS);
  expect(new Set(ids).size).toBe(WINDOWS);
});

test('the service starts its monitor, reports its role, and stores a checkpoint when it stops', async () => {
  const config = loadConfig(driftMonitorConfigSchema, {
    FRAUDFLOW_KAFKA_BROKERS: inject('kafkaBrokers').join(','),
    FRAUDFLOW_KAFKA_PARTITIONS: String(partitions),
    FRAUDFLOW_REDIS_URL: inject('redisUrl'),
    FRAUDFLOW_REGISTRY_HTTP_ADDRESS: 'http://127.0.0.1:1',
    FRAUDFLOW_DRIFT_MONITOR_HTTP_PORT: '0',
  });
  const context = {
    config,
    logger: silentLogger,
    metrics: createMetrics('drift-monitor'),
    health: new HealthRegistry(),
  };

  const service = await startDriftMonitor({ service: 'drift-monitor', ...context });
  const responseOf = async (path: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${service.httpPort}${path}`)).json();

  await eventually(async () => expect(await responseOf('/v1/status')).toMatchObject({ role: 'active' }));
  expect(await responseOf('/ready')).toMatchObject({ ready: true });
  await service.stop();
  expect(await redis.exists(`${streams.state.checkpoint.name}:checkpoint`)).toBe(1);
});
