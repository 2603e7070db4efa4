import { HOUR_MS } from '@fraudflow/core';
import { DEFAULT_ONNX_LIMITS } from '@fraudflow/learning';
import { DeclaredBus, EventProducer } from '@fraudflow/messaging';
import { HealthRegistry, type ServiceContext } from '@fraudflow/observability';
import { RegistryClient } from '@fraudflow/registry-client';
import {
  CLOCK,
  GrpcTransport,
  KafkaModule,
  LOGGER,
  METRICS,
  provide,
  Resources,
  ServiceModule,
  StreamTransport,
} from '@fraudflow/service';
import { resolveXgboostLibrary, XgboostTrainer } from '@fraudflow/xgboost';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { SETTINGS, type TrainerConfig } from './config.js';
import { RpcTrainingData } from './data/adapters/rpc-training-data.js';
import { TrainingData } from './data/training-data.port.js';
import { TrainerEvents } from './events.js';
import { KafkaTrainingAnnouncer } from './jobs/adapters/kafka-training-announcer.js';
import { TrainingAnnouncer, TrainingJobs } from './jobs/training-jobs.service.js';
import { BoostedTreesLearner } from './learners/boosted-trees.learner.js';
import { Learner } from './learners/learner.port.js';
import { RegistryModelStore } from './models/adapters/registry-model-store.js';
import { ModelStore } from './models/model-store.port.js';
import { MAX_MESSAGE_BYTES, TRAINING_SERVICE, TrainingController } from './protocols/grpc/training.controller.js';
import { RetrainingController } from './protocols/kafka/retraining.controller.js';
import { DEPENDENCY_RETRIES, RetryPolicy } from './steps/retry-policy.js';
import { TrainingPipeline } from './steps/training-pipeline.js';
import { streams } from './streams.js';
import { RetrainingRequestedConsumer } from './triggers/retraining-requested.consumer.js';

/** Timeout of a call to the registry. */
const REGISTRY_TIMEOUT_MS = 30_000;
/** The handler of a request returns when its training has ended, which can take hours. */
const STUCK_AFTER_MS = 12 * HOUR_MS;

const retries = new RetryPolicy(DEPENDENCY_RETRIES);

const adapters: readonly Provider[] = [
  provide(
    TrainingData,
    { config: SETTINGS, resources: Resources },
    ({ config: { featureStoreAddress, model }, resources }) =>
      resources.add(new RpcTrainingData(featureStoreAddress, model.featureService), (data) => data.close()),
  ),
  provide(ModelStore, { config: SETTINGS, clock: CLOCK }, ({ config: { registryUrl }, clock }) => {
    const registry = new RegistryClient(registryUrl, REGISTRY_TIMEOUT_MS);
    return new RegistryModelStore(registry, clock, DEFAULT_ONNX_LIMITS.maxBytes);
  }),
  provide(Learner, { config: SETTINGS }, ({ config: { boosting } }) => {
    const { nativeDir, libraryPath, maxMemoryMib, maxMinutes, ...settings } = boosting;
    const library = resolveXgboostLibrary({ nativeDir, ...(libraryPath === '' ? {} : { libraryPath }) });
    const trees = new XgboostTrainer(library, { maxMemoryMib, maxMs: maxMinutes * 60_000 });
    return new BoostedTreesLearner(trees, settings);
  }),
  provide(
    TrainingAnnouncer,
    { producer: EventProducer },
    ({ producer }): TrainingAnnouncer => new KafkaTrainingAnnouncer(producer),
  ),
  provide(
    TrainerEvents,
    { logger: LOGGER, metrics: METRICS },
    ({ logger, metrics }) => new TrainerEvents(logger, metrics),
  ),
];

const training: readonly Provider[] = [
  provide(
    TrainingPipeline,
    { config: SETTINGS, data: TrainingData, store: ModelStore, learner: Learner },
    ({ config: { model, split, gates }, data, store, learner }) => {
      const { minFrauds, championTolerance, ...minimum } = gates;
      const settings = {
        model: model.name,
        featureService: model.featureService,
        split,
        gates: { minimum: { ...minimum, frauds: minFrauds }, championTolerance },
      };
      return new TrainingPipeline({ data, store, learner, retries }, settings);
    },
  ),
  provide(
    TrainingJobs,
    {
      config: SETTINGS,
      pipeline: TrainingPipeline,
      announcer: TrainingAnnouncer,
      events: TrainerEvents,
      clock: CLOCK,
      resources: Resources,
    },
    ({ config: { model }, pipeline, resources, ...ports }) => {
      const jobs = new TrainingJobs(pipeline, model.name, { ...ports, retries });
      // Trainings are aborted after the consumer has stopped. Offsets of requests in progress are then not committed,
      // and the requests are processed after the restart.
      return resources.add(jobs, (running) => running.stop());
    },
  ),
  provide(
    RetrainingRequestedConsumer,
    { config: SETTINGS, jobs: TrainingJobs, store: ModelStore },
    ({ config: { model }, jobs, store }) => new RetrainingRequestedConsumer(jobs, model.name, store),
  ),
];

const servers: readonly Provider[] = [
  provide(
    GrpcTransport,
    { config: SETTINGS, logger: LOGGER, metrics: METRICS, health: HealthRegistry },
    ({ config: { process, grpc }, ...parts }) =>
      new GrpcTransport({
        ...parts,
        maxMessageBytes: MAX_MESSAGE_BYTES,
        address: `${process.bindAddress}:${grpc.port}`,
        services: [TRAINING_SERVICE],
      }),
  ),
  provide(
    StreamTransport,
    { logger: LOGGER, metrics: METRICS, bus: DeclaredBus, producer: EventProducer },
    ({ producer, ...parts }) =>
      new StreamTransport({
        ...parts,
        streams,
        producer: producer.raw,
        readers: {},
        groups: { [streams.consume.retraining.group]: { stuckAfterMs: STUCK_AFTER_MS } },
        inputs: { retraining: { traced: true } },
      }),
  ),
];

/** The trainer as one Nest application: trainings are requested over gRPC or Kafka. */
@Module({})
export class AppModule {
  static forRoot(context: ServiceContext<TrainerConfig>): DynamicModule {
    const { kafka } = context.config;
    return {
      module: AppModule,
      imports: [ServiceModule.forRoot(context), KafkaModule.forRoot({ streams, kafka, topics: kafka })],
      controllers: [TrainingController, RetrainingController],
      providers: [...adapters, ...training, ...servers],
    };
  }
}
