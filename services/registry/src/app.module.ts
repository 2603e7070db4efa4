import { systemClock } from '@fraudflow/core';
import { DeclaredBus, declaredTopics, ensureTopics, EventProducer } from '@fraudflow/messaging';
import { HealthRegistry, type ServiceContext } from '@fraudflow/observability';
import { BackgroundWork, KafkaModule, LOGGER, METRICS, provide, Resources } from '@fraudflow/service';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LocalArtifactStore } from './artifacts/adapters/local-artifact-store.js';
import { PostgresArtifactLedger } from './artifacts/adapters/postgres-artifact-ledger.js';
import { ArtifactLedger } from './artifacts/artifact-ledger.port.js';
import { ArtifactStore } from './artifacts/artifact-store.port.js';
import { ArtifactsService } from './artifacts/artifacts.service.js';
import { EntityArtifactsService } from './artifacts/entity-artifacts.service.js';
import { type RegistryConfig, SETTINGS, uploadLimits } from './config.js';
import { RegistryEvents } from './events.js';
import { ExperimentsService } from './experiments/experiments.service.js';
import { KafkaModelEventPublisher } from './journal/adapters/kafka-model-event-publisher.js';
import { PostgresOutbox } from './journal/adapters/postgres-outbox.js';
import { ModelEventPublisher } from './journal/model-event-publisher.port.js';
import { OutboxRelay } from './journal/outbox-relay.js';
import { Outbox } from './journal/outbox.port.js';
import { LoggedModelsService } from './logged-models/logged-models.service.js';
import { AliasesService } from './models/aliases.service.js';
import { ModelVersionsService } from './models/model-versions.service.js';
import { RegisteredModelsService } from './models/registered-models.service.js';
import { StagesService } from './models/stages.service.js';
import { ArtifactsController } from './protocols/mlflow/controllers/artifacts.controller.js';
import { EntityArtifactsController } from './protocols/mlflow/controllers/entity-artifacts.controller.js';
import { ExperimentsController } from './protocols/mlflow/controllers/experiments.controller.js';
import { LoggedModelsController } from './protocols/mlflow/controllers/logged-models.controller.js';
import { MetricHistoryController } from './protocols/mlflow/controllers/metric-history.controller.js';
import { ModelVersionsController } from './protocols/mlflow/controllers/model-versions.controller.js';
import { RegisteredModelsController } from './protocols/mlflow/controllers/registered-models.controller.js';
import { RunLoggingController } from './protocols/mlflow/controllers/run-logging.controller.js';
import { RunsController } from './protocols/mlflow/controllers/runs.controller.js';
import { MetricHistoryService } from './runs/metric-history.service.js';
import { RunLoggingService } from './runs/run-logging.service.js';
import { RunsService } from './runs/runs.service.js';
import { SystemModule } from './server/system.module.js';
import { openRegistryDatabase } from './storage/adapters/open-registry-database.js';
import { PostgresRegistryStore } from './storage/adapters/postgres-registry-store.js';
import { RegistryClock } from './storage/registry-clock.js';
import { RegistryStore } from './storage/registry-store.port.js';
import { streams } from './streams.js';

/** Connections that reads leave free for writes, the relay and uploads. */
const CONNECTIONS_FOR_WRITES = 3;
/** Short, because a batch of the outbox holds a database connection during the call and is retried anyway. */
const DELIVERY_TIMEOUT_MS = 10_000;

const controllers = [
  ExperimentsController,
  RunsController,
  RunLoggingController,
  MetricHistoryController,
  LoggedModelsController,
  RegisteredModelsController,
  ModelVersionsController,
  ArtifactsController,
  EntityArtifactsController,
];

const services: readonly Provider[] = [
  ExperimentsService,
  RunsService,
  RunLoggingService,
  MetricHistoryService,
  LoggedModelsService,
  RegisteredModelsService,
  AliasesService,
  ModelVersionsService,
  StagesService,
  ArtifactsService,
  EntityArtifactsService,
];

const storage: readonly Provider[] = [
  { provide: RegistryClock, useValue: systemClock },
  provide(
    DataSource,
    { config: SETTINGS, resources: Resources },
    async ({ config: { postgres, schema, statementTimeoutMs }, resources }) => {
      const dataSource = await openRegistryDatabase({ ...postgres, schema, statementTimeoutMs });
      return resources.add(dataSource, (opened) => opened.destroy());
    },
  ),
  provide(
    RegistryStore,
    { config: SETTINGS, dataSource: DataSource },
    ({ config: { postgres }, dataSource }) =>
      new PostgresRegistryStore(dataSource, Math.max(1, postgres.poolSize - CONNECTIONS_FOR_WRITES)),
  ),
  provide(ArtifactStore, { config: SETTINGS }, ({ config }) =>
    LocalArtifactStore.open(config.artifactFolder, uploadLimits(config)),
  ),
  provide(
    ArtifactLedger,
    { dataSource: DataSource, clock: RegistryClock },
    ({ dataSource, clock }) => new PostgresArtifactLedger(dataSource, clock),
  ),
];

const journal: readonly Provider[] = [
  provide(
    RegistryEvents,
    { logger: LOGGER, metrics: METRICS },
    ({ logger, metrics }) => new RegistryEvents(logger, metrics),
  ),
  provide(Outbox, { dataSource: DataSource, health: HealthRegistry }, ({ dataSource, health }): Outbox => {
    const outbox = new PostgresOutbox(dataSource);
    health.add('postgres', async () => ({
      ok: true,
      detail: `reachable; ${await outbox.pending()} model events wait`,
    }));
    return outbox;
  }),
  provide(
    OutboxRelay,
    { config: SETTINGS, outbox: Outbox, publisher: ModelEventPublisher, events: RegistryEvents },
    ({ config, outbox, publisher, events }) => new OutboxRelay(outbox, publisher, events, config.outboxPollMs),
  ),
  provide(BackgroundWork, { relay: OutboxRelay, resources: Resources }, ({ relay, resources }) => {
    // It stops after HTTP, so that it publishes the events of requests that end during the stop.
    resources.add(relay, (started) => started.stop());
    return new BackgroundWork([{ start: () => relay.start(), stop: () => undefined }]);
  }),
];

const kafkaPublisher = provide(
  ModelEventPublisher,
  { config: SETTINGS, bus: DeclaredBus, producer: EventProducer },
  ({ config, bus, producer }): ModelEventPublisher => {
    const { partitions, replicationFactor } = config.kafka;
    return new KafkaModelEventPublisher(producer, () =>
      ensureTopics(bus.admin, declaredTopics(streams), { partitions, replicationFactor }),
    );
  },
);

/** The registry as one Nest application: MLflow's REST API, and the relay of model events. */
@Module({})
export class AppModule {
  /** @param publisher replaces Kafka */
  static forRoot(context: ServiceContext<RegistryConfig>, publisher?: ModelEventPublisher): DynamicModule {
    const { brokers } = context.config.kafka;
    // The registry starts, and stays usable, while Kafka is unreachable. Therefore the first publication creates the
    // topic.
    const kafka = { streams, kafka: { brokers, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS }, topics: undefined };
    return {
      module: AppModule,
      imports: [SystemModule.forRoot(context), ...(publisher ? [] : [KafkaModule.forRoot(kafka)])],
      controllers,
      providers: [
        ...services,
        ...storage,
        ...journal,
        publisher ? { provide: ModelEventPublisher, useValue: publisher } : kafkaPublisher,
      ],
    };
  }
}
