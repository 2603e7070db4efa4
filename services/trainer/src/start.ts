import { ALL_TOPICS, retrainingRequestedTopic, trainingCompletedTopic } from '@fraudflow/contracts';
import { HOUR_MS, systemClock } from '@fraudflow/core';
import { DEFAULT_ONNX_LIMITS } from '@fraudflow/learning';
import { ConsumerRuntime, ensureTopics, EventProducer, KafkaBus, subscribe } from '@fraudflow/messaging';
import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { RegistryClient } from '@fraudflow/registry-client';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import type { TrainerConfig } from './config.js';
import { RpcTrainingData } from './data/adapters/rpc-training-data.js';
import { TrainerEvents } from './events.js';
import { type TrainingAnnouncer, TrainingJobs } from './jobs/training-jobs.service.js';
import { RegistryModelStore } from './models/adapters/registry-model-store.js';
import { BoostedTreesLearner } from './steps/boosted-trees.learner.js';
import { DEPENDENCY_RETRIES, RetryPolicy } from './steps/retry-policy.js';
import { type PipelinePorts, TrainingPipeline } from './steps/training-pipeline.js';
import { RetrainingRequestedConsumer } from './triggers/retraining-requested.consumer.js';
import { TrainingController } from './protocols/grpc/training.controller.js';
import { TRAINER_GROUP } from './stream-graph.js';
import { OnnxModelRunner } from './learners/adapters/onnx-model-runner.js';
import { resolveXgboostLibrary } from './learners/adapters/xgboost-library.js';
import { XgboostTrainer } from './learners/adapters/xgboost-trainer.js';

/** Requests name a model, a time and an id. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Binds the trainer's parts together and starts them. */
export async function startTrainer(context: ServiceContext<TrainerConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const bus = new KafkaBus({ ...config.kafka, clientId: 'trainer', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, config.kafka);
  const producer = new EventProducer(bus);
  const data = new RpcTrainingData(config.featureStoreAddress, config.model.featureService);
  const events = new TrainerEvents(logger, metrics);
  const announcer: TrainingAnnouncer = {
    trainingCompleted: (event) =>
      producer.send(trainingCompletedTopic, [
        { value: event, eventId: event.request_id, occurredAt: event.completed_at },
      ]),
  };
  const registry = new RegistryClient(config.registryUrl, 30_000);
  const store = new RegistryModelStore(registry, systemClock, DEFAULT_ONNX_LIMITS.maxBytes);
  const retries = new RetryPolicy(DEPENDENCY_RETRIES);
  const pipeline = createPipeline(config, { data, store, retries });
  const jobs = new TrainingJobs(pipeline, config.model.name, { announcer, events, clock: systemClock, retries });
  const retraining = new RetrainingRequestedConsumer(jobs, config.model.name, store);
  const consumer = new ConsumerRuntime({
    bus,
    producer: producer.raw,
    logger,
    metrics,
    groupId: TRAINER_GROUP,
    // The handler of a request returns when its training has ended, which can take hours.
    stuckAfterMs: 12 * HOUR_MS,
    subscriptions: [
      subscribe(retrainingRequestedTopic, (records, batch) => retraining.handle(records, batch), { traced: true }),
    ],
  });
  const grpc = new GrpcServer({ logger, metrics, health, maxMessageBytes: MAX_MESSAGE_BYTES });
  new TrainingController(jobs).register(grpc);
  const app = await createHttpApp(AppModule.forRoot(health, metrics), {
    logger,
    allowedHosts: config.process.allowedHosts,
  });
  await listenHttp(app, config.http.port, config.process.bindAddress);
  await grpc.listen(`${config.process.bindAddress}:${config.grpc.port}`);
  await consumer.start();
  return {
    stop: async () => {
      // The consumer stops first: offsets of requests in progress are then not committed, and the requests are
      // processed after the restart.
      await Promise.all([grpc.stop(), consumer.stop()]);
      await jobs.stop();
      await producer.close();
      data.close();
      await Promise.all([app.close(), bus.close()]);
    },
  };
}

function createPipeline(config: TrainerConfig, ports: Omit<PipelinePorts, 'learner'>): TrainingPipeline {
  const { nativeDir, libraryPath, maxMemoryMib, maxMinutes, ...boosting } = config.boosting;
  const library = resolveXgboostLibrary({ nativeDir, ...(libraryPath === '' ? {} : { libraryPath }) });
  const trees = new XgboostTrainer(library, { maxMemoryMib, maxMs: maxMinutes * 60_000 });
  const learner = new BoostedTreesLearner(trees, new OnnxModelRunner(), boosting);
  const { minFrauds, championTolerance, ...minimum } = config.gates;
  return new TrainingPipeline(
    { ...ports, learner },
    {
      model: config.model.name,
      featureService: config.model.featureService,
      split: config.split,
      gates: { minimum: { ...minimum, frauds: minFrauds }, championTolerance },
    },
  );
}
