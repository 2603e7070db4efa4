// The server half of serving.mjs: the feature server as the service builds it, with entity states like the handbook's.
import { Secret } from '@fraudflow/config';
import { partitionOf } from '@fraudflow/core';
import {
  CustomerEngine,
  entityStateKey,
  idHash,
  planVector,
  COMPUTED_FEATURES,
  TerminalEngine,
} from '@fraudflow/features';
import { HealthRegistry, Registry, silentLogger } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import 'reflect-metadata';
import { AppModule } from '../dist/app.module.js';
import { MgetConnection } from '../dist/online/adapters/mget-connection.js';
import { RedisEntityStateReader } from '../dist/online/adapters/redis-entity-state-reader.js';
import { OnlineFeaturesService } from '../dist/online/online-features.js';
import { BatchedReads } from '../dist/serving/adapters/batched-reads.js';
import { RedisPushedRowStore } from '../dist/serving/adapters/redis-pushed-row-store.js';
import { FeastServer } from '../dist/serving/feast-server.js';

const [, , redisUrl, entities] = process.argv;
const PARTITIONS = 4;
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 4, 1);
const EVENTS_PER_ENTITY = 60;
const HISTORY_DAYS = 37;

const redis = await connectRedis({ url: new Secret(redisUrl), logger: silentLogger });
const plan = planVector(COMPUTED_FEATURES);
const customers = new CustomerEngine(plan);
const terminals = new TerminalEngine(plan);
const vector = new Float64Array(plan.length);
for (let i = 0; i < Number(entities); i++) {
  for (let n = 0; n < EVENTS_PER_ENTITY; n++) {
    const occurredAtMs =
      NOW_MS - HISTORY_DAYS * DAY_MS + Math.floor((n * HISTORY_DAYS * DAY_MS) / EVENTS_PER_ENTITY) + i;
    const event = { idHash: idHash(`t-${i}-${n}`), occurredAtMs, amountMinor: 100 + ((i * n) % 9_000) };
    customers.apply(customers.findOrOpen(`c${i}`), event, vector);
    terminals.apply(terminals.findOrOpen(`m${i}`), event, customers.attributes, vector);
  }
}
await store('customer', customers.takeChanges());
await store('terminal', terminals.takeChanges());

async function store(entity, changes) {
  let bytes = 0;
  for (const [key, value] of changes) {
    bytes += value.length;
    await redis.set(entityStateKey(entity, partitionOf(key, PARTITIONS), key), Buffer.from(value));
  }
  process.stderr.write(`${changes.size} ${entity} states of ${Math.round(bytes / changes.size)} B\n`);
}

const reads = new BatchedReads(new MgetConnection({ url: new Secret(redisUrl), logger: silentLogger }));

const metrics = new Registry();
const feast = new FeastServer({
  online: new OnlineFeaturesService(new RedisEntityStateReader(reads, PARTITIONS)),
  store: () => new RedisPushedRowStore(redis, { expireAfterTtlMs: DAY_MS, reads }, () => undefined),
  archive: { append: async () => undefined, rowsOf: async () => [] },
  settings: { maxRows: 10_000, expireAfterTtlMs: DAY_MS, cardNumbersInPushes: 'refuse' },
  registry: metrics,
  logger: silentLogger,
});
for (let i = 0; i < Number(entities); i += 500) {
  const ids = Array.from({ length: 500 }, (_, n) => `c${i + n}`);
  await feast.pushes.writeToOnlineStore('customer_profile', {
    customer_id: ids,
    credit_limit: ids.map((_, n) => n),
    risk_segment: ids.map(() => 'gold'),
    is_business: ids.map(() => false),
    account_opened_at: ids.map(() => 1_500_000_000),
    event_timestamp: ids.map(() => new Date(NOW_MS).toISOString()),
  });
}
const grpc = new GrpcServer({ logger: silentLogger, metrics });
feast.serveGrpc(grpc);
const app = await createHttpApp(AppModule.forRoot(new HealthRegistry(), metrics), { logger: silentLogger });
await feast.serveHttp(app.getHttpAdapter().getInstance());
const httpPort = await listenHttp(app, 0, '127.0.0.1');
const grpcPort = await grpc.listen('127.0.0.1:0');

process.on('message', (what) => {
  if (what === 'ready') process.send({ httpPort, grpcPort });
  else {
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system });
  }
});
process.on('disconnect', () => process.exit(0));
