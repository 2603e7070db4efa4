import { ALL_TOPICS } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, StreamedFeatures, useIdKey } from '@fraudflow/features';
import { ensureTopics, EventProducer, KafkaBus } from '@fraudflow/messaging';
import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { connectRedis, InstallationKey, RedisHeadExchange, RedisStageStore } from '@fraudflow/redis';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import type { FeatureStoreConfig } from './config.js';
import { FeatureStoreEvents } from './events.js';
import { PostgresPushedHistory } from './flight/adapters/postgres-pushed-history.js';
import { openFeastDoors } from './flight/feast-doors.js';
import type { FlightSources } from './flight/flight.service.js';
import { HistoryTransactions } from './flight/stored-rows.js';
import { StoredViewHistory } from './flight/stored-view-history.js';
import { OFFLINE_MIGRATIONS, OFFLINE_SCHEMA } from './offline/adapters/offline-schema.js';
import { PostgresBackfillStore } from './offline/adapters/postgres-backfill-store.js';
import { PostgresHistory } from './offline/adapters/postgres-history.js';
import { PostgresOfflineStore } from './offline/adapters/postgres-offline-store.js';
import { Backfills } from './offline/backfills.js';
import { HistoryReplay } from './offline/history-replay.js';
import { OfflineSink } from './offline/offline-sink.js';
import { PointInTimeFeatures } from './offline/point-in-time-features.js';
import { PushedFeatures } from './offline/pushed-features.js';
import { TrainingSets } from './offline/training-sets.js';
import { MgetConnection } from './online/adapters/mget-connection.js';
import { RedisEntityStateReader } from './online/adapters/redis-entity-state-reader.js';
import { OnlineFeaturesService } from './online/online-features.js';
import { FeatureStoreController, type PastFeatures } from './rpc/feature-store.controller.js';
import { BatchedReads } from './serving/adapters/batched-reads.js';
import { PostgresPushedRowArchive } from './serving/adapters/postgres-pushed-row-archive.js';
import { PUSHED_ROWS_MIGRATIONS, PUSHED_ROWS_SCHEMA } from './serving/adapters/pushed-rows-schema.js';
import { RedisPushedRowStore } from './serving/adapters/redis-pushed-row-store.js';
import { FeastServer } from './serving/feast-server.js';
import { FeatureStatistics } from './statistics/feature-statistics.js';
import { registerStatisticsMetrics } from './statistics/statistics-metrics.js';
import { StatisticsController } from './statistics/statistics.controller.js';
import { HEADS, Streams } from './streams.js';

/** Binds the feature store's parts together and starts them. */
export async function startFeatureStore(context: ServiceContext<FeatureStoreConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const bus = new KafkaBus({ ...config.kafka, clientId: 'feature-store', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, config.kafka);
  const streamed = new StreamedFeatures(config.featureService);
  const pool = await openDatabase(context);
  const stageRedis = await connectRedis({ ...config.redis, logger });
  const readRedis = await connectRedis({ ...config.redis, logger, health });
  const idKey = await InstallationKey.open(stageRedis);
  useIdKey(idKey.bytes);
  const statistics = new FeatureStatistics(FEATURE_REPOSITORY, streamed, systemClock);
  registerStatisticsMetrics(statistics, metrics);
  const events = new FeatureStoreEvents(logger, metrics, statistics);
  const producer = new EventProducer(bus);
  const offline = new PostgresOfflineStore(pool, events);
  const { replay, ...past } = pastFeatures(pool, events);
  const { history, backfills } = past;
  const archive = new PostgresPushedRowArchive(pool);
  const streams = new Streams(context, {
    bus,
    producer,
    states: new RedisStageStore(stageRedis, 'ff', idKey),
    heads: new RedisHeadExchange(stageRedis, HEADS),
    streamed,
    sink: new OfflineSink(offline, config.sink, events),
    offline,
    events,
  });

  const grpc = new GrpcServer({ logger, metrics, health, carriesTrace: false });
  const stateReads = new MgetConnection({ ...config.redis, logger });
  const reads = new BatchedReads(stateReads);
  const online = new OnlineFeaturesService(new RedisEntityStateReader(reads, config.kafka.partitions));
  new FeatureStoreController(online, offline, past).register(grpc);
  const feast = new FeastServer({
    online,
    store: (told) =>
      new RedisPushedRowStore(readRedis, { ...config.serving, reads }, (view, key) => told.damaged(view, key)),
    archive,
    statistics,
    settings: config.serving,
    registry: metrics,
    logger,
  });
  feast.serveGrpc(grpc);
  new StatisticsController(statistics).register(grpc);
  const app = await createHttpApp(AppModule.forRoot(health, metrics), {
    logger,
    allowedHosts: config.process.allowedHosts,
    carriesTrace: false,
  });
  await feast.serveHttp(app.getHttpAdapter().getInstance());
  await listenHttp(app, config.http.port, config.process.bindAddress);
  await grpc.listen(`${config.process.bindAddress}:${config.grpc.port}`);
  const doors = await openFeastDoors({ ...context, ...flightSources(pool, { history, replay, archive }) });
  await streams.start();
  await backfills.resume();
  return {
    stop: async () => {
      await Promise.all([grpc.stop(), doors.stop(), streams.stop()]);
      await backfills.stop();
      await producer.close();
      stageRedis.disconnect();
      readRedis.disconnect();
      stateReads.close();
      await Promise.all([app.close(), pool.end(), bus.close()]);
    },
  };
}

type Pool = Awaited<ReturnType<typeof connectPostgres>>;

interface HistoryParts {
  readonly history: PastFeatures['history'];
  readonly replay: HistoryReplay;
  readonly archive: PostgresPushedRowArchive;
}

function pastFeatures(pool: Pool, events: FeatureStoreEvents): PastFeatures & { readonly replay: HistoryReplay } {
  const history = new PostgresHistory(pool);
  const replay = new HistoryReplay(history);
  const backfills = new Backfills(new PostgresBackfillStore(pool), replay, events);
  return { history, replay, trainingSets: new TrainingSets(history, replay), backfills };
}

function flightSources(pool: Pool, parts: HistoryParts): FlightSources {
  const { history, replay, archive } = parts;
  return {
    historical: new PointInTimeFeatures(history, replay, new PushedFeatures(archive)),
    history: new StoredViewHistory(history, new PostgresPushedHistory(pool)),
    transactions: new HistoryTransactions(history, replay),
    archive,
  };
}

async function openDatabase({
  config,
  logger,
  health,
}: ServiceContext<FeatureStoreConfig>): ReturnType<typeof connectPostgres> {
  const pool = await connectPostgres({ ...config.postgres, logger, health });
  await migrate(pool, OFFLINE_SCHEMA, OFFLINE_MIGRATIONS, logger);
  await migrate(pool, PUSHED_ROWS_SCHEMA, PUSHED_ROWS_MIGRATIONS, logger);
  return pool;
}
