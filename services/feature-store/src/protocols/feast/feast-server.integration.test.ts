import { Secret } from '@fraudflow/config';
import { partitionOf, systemClock } from '@fraudflow/core';
import {
  CustomerEngine,
  entityStateKey,
  FEATURE_REPOSITORY,
  featureIndex,
  idHash,
  planVector,
  COMPUTED_FEATURES,
} from '@fraudflow/features';
import { Registry, silentLogger } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { BatchedReads, connectRedis, readsOf } from '@fraudflow/redis';
import fastify, { type FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { aProfileFrame } from '../../../test/serving-fixture.js';
import { RedisEntityStateReader } from '../../online/adapters/redis-entity-state-reader.js';
import { OnlineFeaturesService } from '../../online/online-features.js';
import { PostgresPushedRowArchive } from '../../pushed/adapters/postgres-pushed-row-archive.js';
import { PUSHED_ROWS_MIGRATIONS, PUSHED_ROWS_SCHEMA } from '../../pushed/adapters/pushed-rows-schema.js';
import type { PushedRow } from '../../pushed/pushed-row.js';
import { RedisPushedRowStore } from '../../pushed/adapters/redis-pushed-row-store.js';
import { CLOCK, CONFIG, LOGGER } from '@fraudflow/service';
import { resolverOf } from '@fraudflow/service/testing/resolver';
import { PushedRowArchive } from '../../pushed/pushed-row-archive.port.js';
import { PushedRowStore } from '../../pushed/pushed-row-store.port.js';
import { SERVING_PROVIDERS } from '../../serving.providers.js';
import { FeatureStatistics } from '../../statistics/feature-statistics.js';
import { FeastHttpParts, feastHttpPlugin } from './http/feast-http.plugin.js';

const PARTITIONS = 4;
const AT_MS = Date.UTC(2026, 4, 1, 12);
const NB = 'customer_id_nb_tx_1day_window';
const AVG = 'customer_id_avg_amount_1day_window';
let redis: Redis;
let pool: pg.Pool;
let http: FastifyInstance;
let prefix: string;
let customerId: string;

beforeEach(async () => {
  redis = await connectRedis({ url: new Secret(inject('redisUrl')), logger: silentLogger });
  pool = await connectPostgres({ url: new Secret(inject('postgresUrl')), poolSize: 2, logger: silentLogger });
  await migrate(pool, PUSHED_ROWS_SCHEMA, PUSHED_ROWS_MIGRATIONS, silentLogger);
  prefix = `test-${randomUUID()}`;
  customerId = `c-${randomUUID()}`;
  const reads = new BatchedReads(readsOf(redis));
  const rows = new RedisPushedRowStore(redis, { expireAfterTtlMs: 1_000, reads, prefix }, () => undefined);
  const get = resolverOf(
    SERVING_PROVIDERS,
    new Map<unknown, unknown>([
      [CONFIG, { serving: { maxRows: 100, expireAfterTtlMs: 1_000, cardNumbersInPushes: 'refuse' } }],
      [CLOCK, systemClock],
      [LOGGER, silentLogger],
      [Registry, new Registry()],
      [OnlineFeaturesService, new OnlineFeaturesService(new RedisEntityStateReader(reads, PARTITIONS))],
      [PushedRowStore, rows],
      [PushedRowArchive, new PostgresPushedRowArchive(pool)],
      [FeatureStatistics, { decorate: (events: unknown) => events }],
    ]),
  );
  http = fastify();
  await http.register(feastHttpPlugin(get(FeastHttpParts)));
});

afterEach(async () => {
  await http.close();
  await pool.query(`DELETE FROM ${PUSHED_ROWS_SCHEMA}.rows WHERE entity_key = $1`, [customerId]);
  const keys = [...(await redis.keys(`${prefix}:*`)), stateKey()];
  await redis.del(...keys);
  redis.disconnect();
  await pool.end();
});

const stateKey = (): string => entityStateKey('customer', partitionOf(customerId, PARTITIONS), customerId);

/** Stores the state after two transactions; returns the second one's vector, as the stream would have sent it. */
async function storeTwoTransactions(): Promise<Float64Array> {
  const plan = planVector(COMPUTED_FEATURES);
  const engine = new CustomerEngine(plan);
  const entity = engine.open(customerId);
  const vector = new Float64Array(plan.length);
  for (const [id, occurredAtMs, amountMinor] of [
    ['t1', AT_MS - 60_000, 1_000],
    ['t2', AT_MS, 2_500],
  ] as const) {
    engine.apply(entity, { idHash: idHash(id), occurredAtMs, amountMinor }, vector);
  }
  const state = engine.takeChanges().get(customerId);
  await redis.set(stateKey(), Buffer.from(state ?? []));
  return vector;
}

interface Reply {
  readonly results: readonly { readonly values: readonly unknown[]; readonly event_timestamps: readonly string[] }[];
}

async function post(url: string, body: unknown): Promise<{ readonly status: number; readonly text: string }> {
  const { statusCode, payload } = await http.inject({ method: 'POST', url, payload: JSON.stringify(body) });
  return { status: statusCode, text: payload };
}

async function read(features: readonly string[], data: Record<string, unknown[]> = {}): Promise<Reply> {
  const { text } = await post('/get-online-features', { features, entities: { customer_id: [customerId], ...data } });
  return JSON.parse(text) as Reply;
}

const pushed = (eventTimestamp: string, limit: number, to: string) =>
  post('/push', {
    push_source_name: 'customer_profile_push',
    df: aProfileFrame(customerId, eventTimestamp, limit),
    to,
  });

test('a read of a transaction at its own time returns the values of the stream and does not count it twice', async () => {
  const streamed = await storeTwoTransactions();
  const inHand = { amount: [25], occurred_at: [new Date(AT_MS).toISOString()], transaction_id: ['t2'] };

  const { results } = await read([`customer:${NB}`, `customer:${AVG}`], inHand);

  expect(results.map(({ values }) => values[0])).toEqual([
    customerId,
    streamed[featureIndex(NB)],
    streamed[featureIndex(AVG)],
  ]);
  expect(results[1]?.event_timestamps).toEqual([new Date(AT_MS).toISOString().replace('.000', '')]);
});

test('computed and pushed features of one request share one command', async () => {
  await storeTwoTransactions();
  await pushed(new Date().toISOString(), 9, 'online');
  const before = await mgetCalls();

  const { results } = await read([`customer:${NB}`, 'customer_profile:credit_limit']);

  expect(results.map(({ values }) => values[0])).toEqual([customerId, 2, 9]);
  expect((await mgetCalls()) - before).toBe(1);
});

async function mgetCalls(): Promise<number> {
  return Number(/cmdstat_mget:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}

test('a push repeated by a client that got no response changes nothing, online and offline', async () => {
  const at = new Date().toISOString();
  for (let i = 0; i < 3; i++) expect((await pushed(at, 5, 'online_and_offline')).status).toBe(200);

  const view = FEATURE_REPOSITORY.views.find(({ name }) => name === 'customer_profile');
  const span = { fromMs: 0, untilMs: Date.now() + 60_000 };
  const archived: PushedRow[] = [];
  if (view !== undefined) {
    for await (const page of new PostgresPushedRowArchive(pool).rowsOf(view, [customerId], span))
      archived.push(...page);
  }

  expect(archived.map(({ values }) => values[0])).toEqual([5]);
  expect((await read(['customer_profile:credit_limit'])).results[1]?.values).toEqual([5]);
});

test('rows of many columns and all their types survive Redis', async () => {
  await pushed('2026-11-20T10:52:48.000000001Z', 0.1, 'online');

  const names = ['credit_limit', 'risk_segment', 'is_business', 'account_opened_at'];
  const { results } = await read(
    names.map((name) => `customer_profile:${name}`),
    { occurred_at: ['2026-11-20T10:52:49'] },
  );

  expect(results.map(({ values }) => values[0])).toEqual([customerId, 0.1, 'gold', false, 1_500_000_000]);
  expect(results[1]?.event_timestamps).toEqual(['2026-11-20T10:52:48.000000001Z']);
});

test('if Redis is unreachable, reads and pushes get 503', async () => {
  redis.disconnect();

  const statuses = [
    await post('/get-online-features', { features: [`customer:${NB}`], entities: { customer_id: [customerId] } }),
    await pushed(new Date().toISOString(), 1, 'online'),
  ].map(({ status }) => status);

  expect(statuses).toEqual([503, 503]);
  await redis.connect();
});
