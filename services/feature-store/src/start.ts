import { ALL_TOPICS } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY, StreamedFeatures, useIdKey } from '@fraudflow/features';
import { ensureTopics, EventProducer, KafkaBus } from '@fraudflow/messaging';
import type { HealthStatus, RunningService, ServiceContext } from '@fraudflow/observability';
import { connectPostgres, migrate } from '@fraudflow/postgres';
import { BatchedReads, connectRedis, InstallationKey, RedisWatermarkExchange, RedisStageStore } from '@fraudflow/redis';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import type { FeatureStoreConfig } from './config.js';
import { FeatureStoreEvents } from './events.js';
import { PostgresPushedHistory } from './protocols/feast/flight/adapters/postgres-pushed-history.js';
import { startFeastServers } from './protocols/feast/feast-listeners.js';
import type { FlightSources } from './protocols/feast/flight/flight.service.js';
import { HistoryTransactions } from './protocols/feast/flight/answers/stored-rows.js';
import { StoredViewHistory } from './protocols/feast/flight/answers/stored-view-history.js';
import { OFFLINE_MIGRATIONS, OFFLINE_SCHEMA } from './offline/adapters/offline-schema.js';
import { ENTITY_INDEXES, MonthIndexes } from './offline/adapters/month-indexes.js';
import { PostgresBackfillStore } from './offline/adapters/postgres-backfill-store.js';
import { PostgresHistory } from './offline/adapters/postgres-history.js';
import { PostgresOfflineStore } from './offline/adapters/postgres-offline-store.js';
import { Backfills } from './backfill/backfills.js';
import { BoundedReads } from './offline/history/bounded-reads.js';
import { HistoryReplay } from './offline/history/history-replay.js';
import { HistoryRetention } from './offline/history/history-retention.js';
import { OfflineSink } from './offline/sink/offline-sink.js';
import { PointInTimeFeatures } from './offline/point-in-time/point-in-time-features.js';
import { PushedFeatures } from './offline/point-in-time/pushed-features.js';
import { Slots } from './offline/history/slots.js';
import { TrainingSets } from './offline/training-sets/training-sets.js';
import { MgetConnection } from './online/adapters/mget-connection.js';
import { RedisEntityStateReader } from './online/adapters/redis-entity-state-reader.js';
import { OnlineFeaturesService } from './online/online-features.js';
import { FeatureStoreController, type PastFeatures } from './protocols/grpc/feature-store.controller.js';
import { PostgresPushedRowArchive } from './pushed/adapters/postgres-pushed-row-archive.js';
import { PUSHED_ROWS_MIGRATIONS, PUSHED_ROWS_SCHEMA } from './pushed/adapters/pushed-rows-schema.js';
import { RedisPushedRowStore } from './pushed/adapters/redis-pushed-row-store.js';
import { FeastServer } from './protocols/feast/feast-server.js';
import { FeatureStatistics } from './statistics/feature-statistics.js';
import { registerStatisticsMetrics } from './statistics/statistics-metrics.js';
import { StatisticsController } from './statistics/statistics.controller.js';
import { WATERMARK_EXCHANGE, Streams } from './streams.js';

/** Binds the feature store's parts together and starts them. */
export async function startFeatureStore(context: ServiceContext<FeatureStoreConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const bus = new KafkaBus({ ...config.kafka, clientId: 'feature-store', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, config.kafka);
  const streamed = new StreamedFeatures(config.featureService);
  const { sinkPool, pool } = await openDatabases(context);
  const stageRedis = await connectRedis({ ...config.redis, logger });
  const readRedis = await connectRedis({ ...config.redis, logger, health });
  const idKey = await InstallationKey.open(stageRedis);
  useIdKey(idKey.bytes);
  const statistics = new FeatureStatistics(FEATURE_REPOSITORY, streamed, systemClock);
  registerStatisticsMetrics(statistics, metrics);
  const events = new FeatureStoreEvents(logger, metrics, statistics);
  const producer = new EventProducer(bus);
  const offline = new PostgresOfflineStore(sinkPool, events);
  const sink = new OfflineSink(offline, config.sink, events);
  context.health.add('offline store', () => loadHealth(sink));
  const { replay, ...past } = pastFeatures(pool, config, events);
  const { history, backfills } = past;
  const archive = new PostgresPushedRowArchive(pool);
  const retention = historyRetention(config, offline, archive, events);
  const streams = new Streams(context, {
    bus,
    producer,
    states: new RedisStageStore(stageRedis, 'ff', idKey),
    heads: new RedisWatermarkExchange(stageRedis, WATERMARK_EXCHANGE),
    streamed,
    sink,
    offline,
    events,
  });

  const grpc = new GrpcServer({ logger, metrics, health, carriesTrace: false });
  const { stateReads, online, feast } = servingParts(context, { readRedis, archive, statistics });
  new FeatureStoreController(online, offline, past).register(grpc);
  feast.serveGrpc(grpc);
  new StatisticsController(statistics).register(grpc);
  const app = await openHttp(context, feast);
  await grpc.listen(`${config.process.bindAddress}:${config.grpc.port}`);
  const feastServers = await startFeastServers({
    ...context,
    ...flightSources(pool, { history, replay, archive, events, ...config.offline }),
  });
  await streams.start();
  await backfills.resume();
  retention.start();
  return {
    stop: async () => {
      await Promise.all([grpc.stop(), feastServers.stop(), streams.stop()]);
      await Promise.all([backfills.stop(), retention.stop()]);
      await producer.close();
      stageRedis.disconnect();
      readRedis.disconnect();
      stateReads.close();
      await Promise.all([app.close(), pool.end(), sinkPool.end(), bus.close()]);
    },
  };
}

async function openHttp(
  { config, logger, metrics, health }: ServiceContext<FeatureStoreConfig>,
  feast: FeastServer,
): ReturnType<typeof createHttpApp> {
  const app = await createHttpApp(AppModule.forRoot(health, metrics), {
    logger,
    allowedHosts: config.process.allowedHosts,
    carriesTrace: false,
  });
  await feast.serveHttp(app.getHttpAdapter().getInstance());
  await listenHttp(app, config.http.port, config.process.bindAddress);
  return app;
}

interface ServingSources {
  readonly readRedis: Awaited<ReturnType<typeof connectRedis>>;
  readonly archive: PostgresPushedRowArchive;
  readonly statistics: FeatureStatistics;
}

function servingParts(
  { config, logger, metrics }: ServiceContext<FeatureStoreConfig>,
  { readRedis, archive, statistics }: ServingSources,
): { readonly stateReads: MgetConnection; readonly online: OnlineFeaturesService; readonly feast: FeastServer } {
  const stateReads = new MgetConnection({ ...config.redis, logger });
  const reads = new BatchedReads(stateReads);
  const online = new OnlineFeaturesService(new RedisEntityStateReader(reads, config.kafka.partitions));
  const feast = new FeastServer({
    online,
    store: (servingMetrics) =>
      new RedisPushedRowStore(readRedis, { ...config.serving, reads }, (view, key) =>
        servingMetrics.damaged(view, key),
      ),
    archive,
    statistics,
    settings: config.serving,
    registry: metrics,
    logger,
  });
  return { stateReads, online, feast };
}

type Pool = Awaited<ReturnType<typeof connectPostgres>>;

interface HistoryParts {
  readonly history: PastFeatures['history'];
  readonly replay: HistoryReplay;
  readonly archive: PostgresPushedRowArchive;
  readonly events: FeatureStoreEvents;
  readonly includeLate: boolean;
}

function pastFeatures(
  pool: Pool,
  { offline }: FeatureStoreConfig,
  events: FeatureStoreEvents,
): PastFeatures & { readonly replay: HistoryReplay } {
  const indexes = new MonthIndexes(pool, ENTITY_INDEXES, (error) => events.idIndexFailed(error));
  const history = new PostgresHistory(pool, indexes);
  const replay = new HistoryReplay(history, events);
  const backfills = new Backfills(new PostgresBackfillStore(pool), replay, events);
  const reads = new BoundedReads(new Slots(offline.streams), offline.readerTimeoutMs);
  return { history, replay, trainingSets: new TrainingSets(history, replay), backfills, reads };
}

function flightSources(pool: Pool, parts: HistoryParts): FlightSources {
  const { history, replay, archive, events, includeLate } = parts;
  return {
    historical: new PointInTimeFeatures(history, replay, new PushedFeatures(archive), events),
    history: new StoredViewHistory(history, new PostgresPushedHistory(pool), includeLate),
    transactions: new HistoryTransactions(history, replay, includeLate),
    archive,
  };
}

/** Not ready while rows cannot be written: they wait in the log meanwhile. */
function loadHealth(sink: OfflineSink): HealthStatus {
  const { problem } = sink;
  return problem === undefined
    ? { ok: true, detail: 'loading' }
    : { ok: false, detail: `cannot load: ${problem.message}` };
}

function historyRetention(
  config: FeatureStoreConfig,
  offline: PostgresOfflineStore,
  archive: PostgresPushedRowArchive,
  events: FeatureStoreEvents,
): HistoryRetention {
  return new HistoryRetention(config.offline.retentionDays, {
    newestEventMs: () => offline.newestEventMs(),
    stores: [offline.months, archive],
    events,
    clock: systemClock,
  });
}

/** For loads, lookups of transactions and the making of indexes, which readers of the history must not hold up. */
const SINK_CONNECTIONS = 4;
/**
 * Connections of one recomputed training set, of one answer over Flight, and of a backfill with its lock and its
 * writes.
 */
const STREAM_CONNECTIONS = 3;
const ANSWER_CONNECTIONS = 2;
const BACKFILL_CONNECTIONS = 4;

/**
 * The pools open connections as they need them. That of the readers has one for each that all may hold at once, so none
 * waits for another.
 */
async function openDatabases({
  config,
  logger,
  health,
}: ServiceContext<FeatureStoreConfig>): Promise<{ readonly sinkPool: Pool; readonly pool: Pool }> {
  const { postgres, offline, flight } = config;
  const held = offline.streams * STREAM_CONNECTIONS + flight.maxAnswers * ANSWER_CONNECTIONS + BACKFILL_CONNECTIONS;
  const sinkPool = await connectPostgres({ ...postgres, poolSize: SINK_CONNECTIONS, logger, health });
  await migrate(sinkPool, OFFLINE_SCHEMA, OFFLINE_MIGRATIONS, logger);
  await migrate(sinkPool, PUSHED_ROWS_SCHEMA, PUSHED_ROWS_MIGRATIONS, logger);
  return { sinkPool, pool: await connectPostgres({ ...postgres, poolSize: held + postgres.poolSize, logger }) };
}
