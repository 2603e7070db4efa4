import { join } from 'node:path';
import { featuresTopic } from '@fraudflow/contracts';
import { StreamedFeatures, useIdKey } from '@fraudflow/features';
import { DeclaredBus, EventProducer } from '@fraudflow/messaging';
import { cachedCheck, HealthRegistry, type ServiceContext } from '@fraudflow/observability';
import { BatchedReads, connectRedis, InstallationKey, readsOf } from '@fraudflow/redis';
import { RegistryClient } from '@fraudflow/registry-client';
import {
  BackgroundWork,
  currencyRates,
  GrpcTransport,
  KafkaModule,
  LOGGER,
  METRICS,
  provide,
  Resources,
  ServiceModule,
  StreamTransport,
  token,
} from '@fraudflow/service';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { type ScorerConfig, SETTINGS } from './config.js';
import { ScorerEvents } from './events.js';
import { RedisFeatureReader } from './features/adapters/redis-feature-reader.js';
import { FeatureReader } from './features/feature-reader.port.js';
import { FileLastGoodModel } from './models/adapters/file-last-good-model.js';
import { RegistryModelRepository } from './models/adapters/registry-model-repository.js';
import { LastGoodModel } from './models/last-good-model.port.js';
import { ModelChangeReader } from './models/model-change-reader.js';
import { ModelLoader } from './models/model-loader.js';
import { ModelRepository } from './models/model-repository.port.js';
import { ModelSlot } from './models/model-slot.js';
import { PROTOCOLS, served } from './protocols/protocols.js';
import { tensorLimits } from './protocols/tensorflow/tf-serving.controller.js';
import { PredictionLog } from './records/prediction-log.js';
import { SCORING_PROVIDERS } from './scoring.providers.js';
import { StreamScorer } from './stream/stream-scorer.js';
import { StreamStage } from './stream/stream-stage.js';
import { streams } from './streams.js';

/** Timeout of one shutdown step, ms; the shutdown timeout of the process is longer. */
const STEP_TIMEOUT_MS = 5_000;
/** Poll interval of `models.events`, ms. */
const MODEL_EVENTS_POLL_MS = 500;
/** Cache time of the Kafka check, ms: several probes per second must not each cause a broker request. */
const KAFKA_CHECK_TTL_MS = 5_000;

const CHECKS = token<void>('health checks');
const CLEANUP = token<void>('clean-up of the models');

const infrastructure: readonly Provider[] = [
  // An outage of Kafka keeps the loaded rates in use, so only the stream's readiness depends on their updates.
  currencyRates(['stream']),
  provide(
    FeatureReader,
    { config: SETTINGS, logger: LOGGER, health: HealthRegistry, resources: Resources, streamed: StreamedFeatures },
    async ({ config: { redis: options, request, kafka }, logger, health, resources, streamed }) => {
      const redis = await connectRedis({ ...options, logger, health, commandTimeoutMs: request.timeoutMs });
      resources.add(redis, (opened) => opened.disconnect());
      useIdKey((await InstallationKey.open(redis)).bytes);
      return new RedisFeatureReader(new BatchedReads(readsOf(redis)), kafka.partitions, streamed);
    },
  ),
  provide(
    ModelRepository,
    { config: SETTINGS },
    ({ config: { registryAddress, model } }) =>
      new RegistryModelRepository(new RegistryClient(registryAddress), model.name, model.maxBytes),
  ),
  provide(
    LastGoodModel,
    { config: SETTINGS },
    ({ config: { model } }) => new FileLastGoodModel(join(model.folder, model.name)),
  ),
  provide(CLEANUP, { slot: ModelSlot, log: PredictionLog, resources: Resources }, ({ slot, log, resources }) => {
    resources.add(log, (opened) => opened.flush());
    resources.add(slot, (opened) => opened.close());
  }),
];

const stream: readonly Provider[] = [
  provide(
    StreamStage,
    {
      config: SETTINGS,
      logger: LOGGER,
      metrics: METRICS,
      health: HealthRegistry,
      bus: DeclaredBus,
      producer: EventProducer,
      slot: ModelSlot,
      scorer: StreamScorer,
      events: ScorerEvents,
    },
    ({ config, logger, metrics, health, bus, producer, slot, scorer, events }) => {
      const { maxBatchRecords, maxFetchBytes } = config.stream;
      const tuning = { maxBatchRecords, maxBytesPerPartition: maxFetchBytes };
      return new StreamStage(slot, scorer, events, { bus, producer, logger, metrics, health, tuning });
    },
  ),
  provide(
    StreamTransport,
    {
      logger: LOGGER,
      metrics: METRICS,
      health: HealthRegistry,
      bus: DeclaredBus,
      eventProducer: EventProducer,
      stage: StreamStage,
    },
    ({ logger, metrics, health, bus, eventProducer: { raw }, stage }) => {
      const scoring = { start: () => stage.start(), stop: () => stage.stop(STEP_TIMEOUT_MS) };
      return new StreamTransport({ streams, bus, producer: raw, logger, metrics, health, readers: { scoring } });
    },
  ),
];

const servers: readonly Provider[] = [
  provide(
    GrpcTransport,
    { config: SETTINGS, logger: LOGGER, metrics: METRICS, health: HealthRegistry, slot: ModelSlot },
    ({ config: { request, process, grpcPort }, logger, metrics, health, slot }) =>
      new GrpcTransport({
        logger,
        metrics,
        health,
        maxMessageBytes: tensorLimits(request.maxRows).messageBytes,
        address: `${process.bindAddress}:${grpcPort}`,
        services: served(PROTOCOLS, request.maxRows).services,
        isServing: () => slot.current !== undefined,
        stopGraceMs: STEP_TIMEOUT_MS,
      }),
  ),
  provide(
    BackgroundWork,
    {
      config: SETTINGS,
      declaredBus: DeclaredBus,
      loader: ModelLoader,
      slot: ModelSlot,
      events: ScorerEvents,
      grpc: GrpcTransport,
    },
    ({ config: { model }, declaredBus: { admin }, loader, slot, events, grpc }) => {
      const onChange = (): void => loader.wake();
      const changes = { admin, modelName: model.name, onChange, events, pollMs: MODEL_EVENTS_POLL_MS };
      return new BackgroundWork([loader, new ModelChangeReader(changes), servingWhenLoaded(slot, grpc)]);
    },
  ),
  provide(
    CHECKS,
    {
      config: SETTINGS,
      health: HealthRegistry,
      bus: DeclaredBus,
      slot: ModelSlot,
      loader: ModelLoader,
      stage: StreamStage,
    },
    addChecks,
  ),
];

/** The scorer as one Nest application: gRPC, REST and the stream. */
@Module({})
export class AppModule {
  static forRoot(context: ServiceContext<ScorerConfig>): DynamicModule {
    const { kafka, request } = context.config;
    return {
      module: AppModule,
      imports: [ServiceModule.forRoot(context), KafkaModule.forRoot({ streams, kafka, topics: kafka })],
      controllers: served(PROTOCOLS, request.maxRows).controllers,
      providers: [...SCORING_PROVIDERS, ...infrastructure, ...stream, ...servers],
    };
  }
}

/** Reports gRPC health SERVING as soon as a model is loaded. */
function servingWhenLoaded(slot: ModelSlot, grpc: GrpcTransport) {
  const stopping = new AbortController();
  return {
    start: () => {
      void slot.whenLoaded(stopping.signal).then(() => grpc.setServing(slot.current !== undefined));
    },
    stop: () => stopping.abort(),
  };
}

interface CheckedParts {
  readonly config: ScorerConfig;
  readonly health: HealthRegistry;
  readonly bus: DeclaredBus;
  readonly slot: ModelSlot;
  readonly loader: ModelLoader;
  readonly stage: StreamStage;
}

function addChecks({ config: { model }, health, bus, slot, loader, stage }: CheckedParts): void {
  const kafka = cachedCheck(async () => {
    await bus.admin.partitionCount(featuresTopic.name);
    return { ok: true, detail: 'reachable' };
  }, KAFKA_CHECK_TTL_MS);
  // Requests do not need Kafka, so an outage must not make the request path unready.
  health.add('kafka', kafka, ['stream']);
  health.add('model', () => {
    const version = slot.current?.version;
    const refused = loader.refusedProduction();
    const but = refused ? `; version ${refused.version} in Production is refused: ${refused.reason}` : '';
    if (version === undefined) return { ok: false, detail: `no version of ${model.name} is loaded yet${but}` };
    return { ok: true, detail: `${model.name} version ${version}${but}` };
  });
  health.add('stream', () => stage.health(), ['stream']);
}
