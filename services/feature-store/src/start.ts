import { ALL_TOPICS } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import {
  ConsumerRuntime,
  createMirrorStage,
  createStage,
  ensureTopics,
  EventProducer,
  KafkaBus,
  type StageDependencies,
  subscribe,
} from '@fraudflow/messaging';
import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { connectRedis, RedisStageStore } from '@fraudflow/redis';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import type { FeatureStoreConfig } from './config.js';
import { FeatureStoreEvents } from './events.js';
import { OFFLINE_MIGRATIONS, OFFLINE_SCHEMA } from './offline/adapters/offline-schema.js';
import { PostgresOfflineStore } from './offline/adapters/postgres-offline-store.js';
import { OfflineSink } from './offline/offline-sink.js';
import { SinkConsumer } from './offline/sink.consumer.js';
import { RedisEntityStateReader } from './online/adapters/redis-entity-state-reader.js';
import { OnlineFeaturesService } from './online/online-features.js';
import { FeatureStoreController } from './rpc/feature-store.controller.js';
import { customerStage } from './stages/customer-stage.js';
import { LABEL_ROUTER_GROUP, LabelRouter, labelRouterInput } from './stages/label-router.js';
import { terminalStage } from './stages/terminal-stage.js';

/** While catching up, no partition runs further ahead of the others than this; the label delay is seven times as long. */
const MAX_SKEW_MS = DAY_MS;

/** Binds the feature store's parts together and starts them. */
export async function startFeatureStore(context: ServiceContext<FeatureStoreConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const bus = new KafkaBus({ brokers: config.kafka.brokers, clientId: 'feature-store', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, config.kafka);
  const pool = await connectPostgres({ ...config.postgres, logger, health });
  await migrate(pool, OFFLINE_SCHEMA, OFFLINE_MIGRATIONS, logger);
  const [stageRedis, readRedis] = await Promise.all([
    connectRedis({ ...config.redis, logger }),
    connectRedis({ ...config.redis, logger, health, autoPipelining: true }),
  ]);
  const events = new FeatureStoreEvents(logger, metrics);
  const producer = new EventProducer(bus);
  const offline = new PostgresOfflineStore(pool);
  const sink = new SinkConsumer(bus, new OfflineSink(offline, config.sink, events), offline, events);

  const { maxBatchRecords, cachedEntities } = config.stages;
  const shared: StageDependencies = { bus, producer, logger, metrics, tuning: { maxBatchRecords } };
  const states = new RedisStageStore(stageRedis);
  const merged = { ...shared, tuning: { maxBatchRecords, merge: { maxSkewMs: MAX_SKEW_MS } } };
  const customers = createStage(customerStage(cachedEntities, events), states, merged);
  const terminals = createMirrorStage(terminalStage(cachedEntities, events), states, shared);
  const router = new LabelRouter(producer);
  const labels = new ConsumerRuntime({
    bus,
    producer: producer.raw,
    logger,
    metrics,
    groupId: LABEL_ROUTER_GROUP,
    subscriptions: [subscribe(labelRouterInput, (records) => router.handle(records), { trusted: true })],
  });

  const grpc = new GrpcServer({ logger, metrics });
  const online = new OnlineFeaturesService(new RedisEntityStateReader(readRedis, config.kafka.partitions));
  new FeatureStoreController(online, offline).register(grpc);
  const app = await createHttpApp(AppModule.forRoot(health, metrics), { logger });
  await listenHttp(app, config.http.port, config.process.bindAddress);
  await grpc.listen(`${config.process.bindAddress}:${config.grpc.port}`);
  await Promise.all([labels.start(), terminals.start(), customers.start(), sink.start()]);
  return {
    stop: async () => {
      await Promise.all([grpc.stop(), customers.stop(), terminals.stop(), labels.stop(), sink.stop()]);
      await producer.close();
      stageRedis.disconnect();
      readRedis.disconnect();
      await Promise.all([app.close(), pool.end(), bus.close()]);
    },
  };
}
