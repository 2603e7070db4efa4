import { FEATURE_REPOSITORY, StreamedFeatures, useIdKey } from '@fraudflow/features';
import { EventProducer } from '@fraudflow/messaging';
import { HealthRegistry, type ServiceContext } from '@fraudflow/observability';
import { BatchedReads, connectRedis, InstallationKey, RedisStageStore, RedisWatermarkExchange } from '@fraudflow/redis';
import {
  BackgroundWork,
  CLOCK,
  GrpcTransport,
  KafkaModule,
  LOGGER,
  METRICS,
  provide,
  Resources,
  ServiceModule,
  token,
} from '@fraudflow/service';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Backfills } from './backfill/backfills.js';
import { type FeatureStoreConfig, SETTINGS } from './config.js';
import { FeatureStoreEvents } from './events.js';
import { FEAST_SDK_PROVIDERS } from './feast-sdk.providers.js';
import { HISTORY_PROVIDERS } from './history.providers.js';
import { HistoryRetention } from './offline/history/history-retention.js';
import { MgetConnection } from './online/adapters/mget-connection.js';
import { RedisEntityStateReader } from './online/adapters/redis-entity-state-reader.js';
import { OnlineFeaturesService } from './online/online-features.js';
import { ServingMetrics } from './online/serving-metrics.js';
import { FEAST_SERVICES, FeastGrpcController } from './protocols/feast/grpc/feast-grpc.controller.js';
import { FlightController } from './protocols/feast/flight/flight.controller.js';
import { FeastRegistryController } from './protocols/feast/registry/feast-registry.controller.js';
import { BackfillsController } from './protocols/grpc/backfills.controller.js';
import { FEATURE_STORE_SERVICE, FeatureStoreController } from './protocols/grpc/feature-store.controller.js';
import { HistoryController } from './protocols/grpc/history.controller.js';
import { STATISTICS_SERVICE, StatisticsController } from './protocols/grpc/statistics.controller.js';
import { LabelsController } from './protocols/kafka/labels.controller.js';
import { STAGE_STORE, streamTransport } from './protocols/kafka/stream-transport.js';
import { RedisPushedRowStore } from './pushed/adapters/redis-pushed-row-store.js';
import { PushedRowStore } from './pushed/pushed-row-store.port.js';
import { SERVING_PROVIDERS } from './serving.providers.js';
import { FeatureStatistics } from './statistics/feature-statistics.js';
import { registerStatisticsMetrics } from './statistics/statistics-metrics.js';
import { LabelRouter } from './stream/label-router.js';
import { streams } from './streams.js';

/** Connection of the stages, and of all others that write states. */
const STAGE_REDIS = token<Redis>('Redis of the stages');
/** Connection of reads of pushed rows. */
const READ_REDIS = token<Redis>('Redis of the readers');
/** Reads in batches on a connection of their own. */
const BATCHED_READS = token<BatchedReads>('batched reads');

type Redis = Awaited<ReturnType<typeof connectRedis>>;

const redis: readonly Provider[] = [
  provide(
    STAGE_REDIS,
    { config: SETTINGS, logger: LOGGER, resources: Resources },
    async ({ config: { redis: options }, logger, resources }) =>
      resources.add(await connectRedis({ ...options, logger }), (opened) => opened.disconnect()),
  ),
  provide(
    READ_REDIS,
    { config: SETTINGS, logger: LOGGER, health: HealthRegistry, resources: Resources },
    async ({ config: { redis: options }, logger, health, resources }) =>
      resources.add(await connectRedis({ ...options, logger, health }), (opened) => opened.disconnect()),
  ),
  // Ids of states are hashed with the installation's key, so it is set before any state is read.
  provide(InstallationKey, { connection: STAGE_REDIS }, async ({ connection }) => {
    const key = await InstallationKey.open(connection);
    useIdKey(key.bytes);
    return key;
  }),
  provide(
    STAGE_STORE,
    { connection: STAGE_REDIS, key: InstallationKey },
    ({ connection, key }) => new RedisStageStore(connection, 'ff', key),
  ),
  provide(
    RedisWatermarkExchange,
    { connection: STAGE_REDIS },
    ({ connection }) => new RedisWatermarkExchange(connection, streams.state.customers.name),
  ),
  provide(
    BATCHED_READS,
    { config: SETTINGS, logger: LOGGER, resources: Resources },
    ({ config: { redis: options }, logger, resources }) => {
      const connection = new MgetConnection({ ...options, logger });
      return new BatchedReads(resources.add(connection, (opened) => opened.close()));
    },
  ),
  provide(
    OnlineFeaturesService,
    { config: SETTINGS, reads: BATCHED_READS, installationKey: InstallationKey },
    ({ config: { kafka }, reads }) => new OnlineFeaturesService(new RedisEntityStateReader(reads, kafka.partitions)),
  ),
  provide(
    PushedRowStore,
    { config: SETTINGS, connection: READ_REDIS, reads: BATCHED_READS, metrics: ServingMetrics },
    ({ config: { serving }, connection, reads, metrics }) =>
      new RedisPushedRowStore(connection, { ...serving, reads, prefix: streams.state.pushedOnline.name }, (view, key) =>
        metrics.damaged(view, key),
      ),
  ),
];

const stream: readonly Provider[] = [
  provide(
    StreamedFeatures,
    { config: SETTINGS },
    ({ config: { featureService } }) => new StreamedFeatures(featureService),
  ),
  provide(
    FeatureStatistics,
    { streamed: StreamedFeatures, clock: CLOCK, metrics: METRICS },
    ({ streamed, clock, metrics }) => {
      const statistics = new FeatureStatistics(FEATURE_REPOSITORY, streamed, clock);
      registerStatisticsMetrics(statistics, metrics);
      return statistics;
    },
  ),
  provide(
    FeatureStoreEvents,
    { logger: LOGGER, metrics: METRICS, statistics: FeatureStatistics },
    ({ logger, metrics, statistics }) => new FeatureStoreEvents(logger, metrics, statistics),
  ),
  provide(LabelRouter, { producer: EventProducer }, ({ producer }) => new LabelRouter(producer)),
  streamTransport,
];

const servers: readonly Provider[] = [
  provide(
    GrpcTransport,
    { config: SETTINGS, logger: LOGGER, metrics: METRICS, health: HealthRegistry },
    ({ config: { process, grpc }, logger, metrics, health }) =>
      new GrpcTransport({
        logger,
        metrics,
        health,
        carriesTrace: false,
        address: `${process.bindAddress}:${grpc.port}`,
        services: [FEATURE_STORE_SERVICE, ...FEAST_SERVICES, STATISTICS_SERVICE],
      }),
  ),
  provide(
    BackgroundWork,
    { backfills: Backfills, retention: HistoryRetention },
    ({ backfills, retention }) =>
      new BackgroundWork([{ start: () => backfills.resume(), stop: () => backfills.stop() }, retention]),
  ),
];

/** The feature store as one Nest application: the stream, gRPC, and Feast's HTTP, gRPC, registry and Arrow Flight. */
@Module({})
export class AppModule {
  static forRoot(context: ServiceContext<FeatureStoreConfig>): DynamicModule {
    const { kafka } = context.config;
    return {
      module: AppModule,
      imports: [ServiceModule.forRoot(context), KafkaModule.forRoot({ streams, kafka, topics: kafka })],
      controllers: [
        FeatureStoreController,
        HistoryController,
        BackfillsController,
        StatisticsController,
        FeastGrpcController,
        FeastRegistryController,
        FlightController,
        LabelsController,
      ],
      providers: [...redis, ...stream, ...HISTORY_PROVIDERS, ...SERVING_PROVIDERS, ...FEAST_SDK_PROVIDERS, ...servers],
    };
  }
}
