import { join } from 'node:path';
import {
  currencyRatesTopic,
  featuresTopic,
  modelsEventsTopic,
  predictionsTopic,
  transactionsScoredTopic,
} from '@fraudflow/contracts';
import { RateTable } from '@fraudflow/core';
import { StreamedFeatures, useIdKey } from '@fraudflow/features';
import { ensureTopics, EventProducer, KafkaBus, rateFollower } from '@fraudflow/messaging';
import { cachedCheck, type RunningService, type ServiceContext } from '@fraudflow/observability';
import { BatchedReads, connectRedis, InstallationKey, readsOf } from '@fraudflow/redis';
import { RegistryClient } from '@fraudflow/registry-client';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import type { ScorerConfig } from './config.js';
import { ScoringController } from './protocols/fraudflow/scoring.controller.js';
import { FileLastGoodModel } from './models/adapters/file-last-good-model.js';
import { RegistryModelRepository } from './models/adapters/registry-model-repository.js';
import { ModelChangeReader } from './models/model-change-reader.js';
import { RedisFeatureReader } from './features/adapters/redis-feature-reader.js';
import { createScorerParts, type ScorerParts } from './scorer-parts.js';
import { StreamStage } from './stream/stream-stage.js';
import { TfServingController, tensorLimits } from './protocols/tensorflow/tf-serving.controller.js';

type Context = ServiceContext<ScorerConfig>;

export interface RunningScorer extends RunningService {
  readonly grpcPort: number;
  readonly httpPort: number;
}

/** Timeout of one shutdown step, ms; the shutdown timeout of the process is longer. */
const STEP_TIMEOUT_MS = 5_000;

/** Poll interval of `models.events`, ms. */
const MODEL_EVENTS_POLL_MS = 500;
/** Cache time of the Kafka check, ms: several probes per second must not each cause a broker request. */
const KAFKA_CHECK_TTL_MS = 5_000;
/** Largest REST body: one transaction, or every feature by name. */
const MAX_BODY_BYTES = 64 * 1024;

const TOPICS = [currencyRatesTopic, featuresTopic, transactionsScoredTopic, predictionsTopic, modelsEventsTopic];

/** Composition root: binds ports to adapters and starts the servers. */
export async function startScorer(context: Context): Promise<RunningScorer> {
  const { config, logger, metrics, health } = context;
  const redis = await connectRedis({
    ...config.redis,
    logger,
    health,
    commandTimeoutMs: config.request.timeoutMs,
  });
  useIdKey((await InstallationKey.open(redis)).bytes);
  const bus = new KafkaBus({ ...config.kafka, clientId: 'scorer', logger });
  await ensureTopics(bus.admin, TOPICS, config.kafka);
  const producer = new EventProducer(bus);
  const streamed = new StreamedFeatures(config.featureService);
  const rates = new RateTable();
  const rateUpdates = rateFollower(rates, { admin: bus.admin, logger });
  // All rates are loaded before the first request; otherwise an amount in another currency would be refused.
  await rateUpdates.start();
  // During a Kafka outage the loaded rates remain in use, so only the stream's readiness depends on the follower.
  health.add('currency_rates', () => rateUpdates.health(), ['stream']);
  const registry = new RegistryClient(config.registryAddress);
  const parts = createScorerParts(config, {
    repository: new RegistryModelRepository(registry, config.model.name, config.model.maxBytes),
    lastGood: new FileLastGoodModel(join(config.model.folder, config.model.name)),
    features: new RedisFeatureReader(new BatchedReads(readsOf(redis)), config.kafka.partitions, streamed),
    streamed,
    rates,
    producer,
    logger,
    metrics,
  });
  const stage = streamStage(parts, context, bus, producer);
  const changes = new ModelChangeReader({
    admin: bus.admin,
    modelName: config.model.name,
    onChange: () => parts.loader.wake(),
    events: parts.events,
    pollMs: MODEL_EVENTS_POLL_MS,
  });
  addChecks(parts, stage, context, bus);
  const servers = await openServers(parts, context);
  parts.loader.start();
  stage.start();
  changes.start();
  return {
    ...servers,
    stop: async () => {
      await servers.close();
      await Promise.all([stage.stop(STEP_TIMEOUT_MS), changes.stop(), rateUpdates.stop(), parts.loader.stop()]);
      parts.slot.close();
      await parts.predictionLog.flush();
      await producer.close();
      await bus.close();
      redis.disconnect();
    },
  };
}

function streamStage(
  parts: ScorerParts,
  { config, logger, metrics, health }: Context,
  bus: KafkaBus,
  producer: EventProducer,
): StreamStage {
  const { maxBatchRecords, maxFetchBytes } = config.stream;
  const tuning = { maxBatchRecords, maxBytesPerPartition: maxFetchBytes };
  return new StreamStage(parts.slot, parts.streamScorer, parts.events, {
    bus,
    producer,
    logger,
    metrics,
    health,
    tuning,
  });
}

function addChecks(parts: ScorerParts, stage: StreamStage, { health, config }: Context, bus: KafkaBus): void {
  const kafka = cachedCheck(async () => {
    await bus.admin.partitionCount(featuresTopic.name);
    return { ok: true, detail: 'reachable' };
  }, KAFKA_CHECK_TTL_MS);
  // Requests do not need Kafka, so an outage must not make the request path unready.
  health.add('kafka', kafka, ['stream']);
  health.add('model', () => {
    const version = parts.slot.current?.version;
    const refused = parts.loader.refusedProduction();
    const but = refused ? `; version ${refused.version} in Production is refused: ${refused.reason}` : '';
    if (version === undefined) return { ok: false, detail: `no version of ${config.model.name} is loaded yet${but}` };
    return { ok: true, detail: `${config.model.name} version ${version}${but}` };
  });
  health.add('stream', () => stage.health(), ['stream']);
}

async function openServers(parts: ScorerParts, { config, logger, metrics, health }: Context) {
  const { predictions, loader, requests } = parts;
  const { clock, timeoutMs } = requests;
  const modelName = config.model.name;
  const { maxRows } = config.request;
  const grpc = new GrpcServer({ logger, metrics, health, maxMessageBytes: tensorLimits(maxRows).messageBytes });
  new ScoringController(predictions, requests).addTo(grpc);
  new TfServingController(parts.tensors, loader, { modelName, clock, maxRows, defaultTimeoutMs: timeoutMs }).addTo(
    grpc,
  );
  const served = { name: modelName };
  const http = await createHttpApp(AppModule.with({ health, metrics, predictions, loader, requests, served }), {
    logger,
    bodyLimitBytes: MAX_BODY_BYTES,
    allowedHosts: config.process.allowedHosts,
  });
  const { bindAddress } = config.process;
  const grpcPort = await grpc.listen(`${bindAddress}:${config.grpcPort}`, { isServing: false });
  const closing = new AbortController();
  void parts.slot.whenLoaded(closing.signal).then(() => grpc.setServing(parts.slot.current !== undefined));
  const httpPort = await listenHttp(http, config.httpPort, bindAddress);
  logger.info({ event: 'listening', grpcPort, httpPort });
  return {
    grpcPort,
    httpPort,
    close: async () => {
      closing.abort();
      await Promise.all([grpc.stop(STEP_TIMEOUT_MS), http.close()]);
    },
  };
}
