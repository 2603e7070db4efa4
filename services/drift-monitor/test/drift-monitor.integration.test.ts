// Real: Kafka, Redis. Faked: the registry's profiles.
import { randomBytes } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import { ALL_TOPICS, transactionsScoredTopic } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { ensureTopics, KafkaBus } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { RedisCheckpointStore } from '../src/session/adapters/redis-checkpoint-store.js';
import type { MonitorRunner } from '../src/session/monitor-runner.js';
import { rowsOf } from './monitor-factories.js';
import { MonitorWorld } from './monitor-world.js';

const DEFAULT_PARTITIONS = 4;
// The broker is shared: a separate model name distinguishes our records from others', and years later they come after
// all of these.
const run = randomBytes(4).toString('hex');
const model = `drift-${run}`;
const ROWS = rowsOf(9, 200, (day) => (day >= 4 ? 0.8 : 0)).map((row) => ({
  ...row,
  model,
  transactionId: `${run}-${row.transactionId}`,
  eventAtMs: row.eventAtMs + 1_000 * DAY_MS,
}));
/** Days 0 to 7 close when day 8 has begun. */
const WINDOWS = 8;

let bus: KafkaBus;
let redis: Awaited<ReturnType<typeof connectRedis>>;
let world: MonitorWorld<KafkaBus, RedisCheckpointStore>;
const started: MonitorRunner[] = [];

beforeAll(async () => {
  bus = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'drift-monitor-test', logger: silentLogger });
  const partitions = (await bus.admin.partitionCount(transactionsScoredTopic.name)) ?? DEFAULT_PARTITIONS;
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions });
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  world = MonitorWorld.over(bus, new RedisCheckpointStore(redis, `test-${run}`));
});

afterAll(async () => {
  for (const runner of started) await runner.stop();
  await world.producer.close();
  await redis.del(['epoch', 'lease', 'checkpoint'].map((name) => `test-${run}:{drift-monitor}:${name}`));
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
const judged = (runner: MonitorRunner): number | undefined =>
  runner.session?.state.versions.find(({ identity }) => identity.model === model)?.rows;
const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000, interval: 100 });

test('on real Kafka and Redis each window is judged once, over a stop, a successor and a lost checkpoint', async () => {
  const first = start();
  await world.score(ROWS.slice(0, 900));
  await eventually(async () => expect(await verdicts()).toHaveLength(4));
  await first.stop();

  const second = start();
  await world.score(ROWS.slice(900));
  await eventually(async () => expect(await verdicts()).toHaveLength(WINDOWS));
  await eventually(() => expect(judged(second)).toBe(ROWS.length));
  await second.stop();
  await redis.del(`test-${run}:{drift-monitor}:checkpoint`);

  const third = start();
  await eventually(() => expect(judged(third)).toBe(ROWS.length));
  await third.stop();

  const ids = await verdicts();
  expect(ids).toHaveLength(WINDOWS);
  expect(new Set(ids).size).toBe(WINDOWS);
});
