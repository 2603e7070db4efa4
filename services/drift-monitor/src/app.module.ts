import { DeclaredBus, EventProducer } from '@fraudflow/messaging';
import { HealthRegistry, type ServiceContext } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { RegistryClient } from '@fraudflow/registry-client';
import { KafkaModule, LOGGER, METRICS, provide, Resources, ServiceModule, StreamTransport } from '@fraudflow/service';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { type DriftMonitorConfig, SETTINGS } from './config.js';
import { DriftMonitorEvents } from './events.js';
import { RegistryProfileSource } from './profiles/adapters/registry-profile-source.js';
import { ProfileSource } from './profiles/profile-source.port.js';
import { ReportsController } from './protocols/rest/reports.controller.js';
import { ReportsService } from './reports/reports.service.js';
import { RedisCheckpointStore } from './session/adapters/redis-checkpoint-store.js';
import { CheckpointStore } from './session/checkpoint-store.port.js';
import { monitorOptions } from './session/monitor-options-of-config.js';
import { MonitorRunner } from './session/monitor-runner.js';
import { streams } from './streams.js';

const adapters: readonly Provider[] = [
  provide(
    CheckpointStore,
    { config: SETTINGS, logger: LOGGER, health: HealthRegistry, resources: Resources },
    async ({ config, logger, health, resources }): Promise<CheckpointStore> => {
      const redis = await connectRedis({ ...config.redis, logger, health });
      resources.add(redis, (opened) => opened.disconnect());
      return new RedisCheckpointStore(redis, streams.state.checkpoint.name);
    },
  ),
  provide(
    ProfileSource,
    { config: SETTINGS },
    ({ config }): ProfileSource => new RegistryProfileSource(new RegistryClient(config.registryAddress)),
  ),
  provide(
    DriftMonitorEvents,
    { logger: LOGGER, metrics: METRICS },
    ({ logger, metrics }) => new DriftMonitorEvents(logger, metrics),
  ),
];

const monitor: readonly Provider[] = [
  provide(
    MonitorRunner,
    {
      config: SETTINGS,
      health: HealthRegistry,
      bus: DeclaredBus,
      producer: EventProducer,
      store: CheckpointStore,
      profiles: ProfileSource,
      events: DriftMonitorEvents,
      logger: LOGGER,
      metrics: METRICS,
    },
    ({ config, health, ...parts }) => {
      const options = monitorOptions(config, config.kafka.partitions);
      const runner = new MonitorRunner({ ...parts, options, timing: config.session });
      health.add('monitor', () => ({ ok: runner.role === 'active' || runner.role === 'idle', detail: runner.role }));
      return runner;
    },
  ),
  provide(
    StreamTransport,
    { logger: LOGGER, bus: DeclaredBus, producer: EventProducer, runner: MonitorRunner },
    ({ logger, bus, producer, runner }) =>
      new StreamTransport({ streams, bus, producer: producer.raw, logger, readers: { monitor: runner } }),
  ),
  ReportsService,
];

/** Nest application of the drift monitor: the monitor reads its topics, and REST controllers serve the reports. */
@Module({})
export class AppModule {
  static forRoot(context: ServiceContext<DriftMonitorConfig>): DynamicModule {
    const { kafka } = context.config;
    return {
      module: AppModule,
      imports: [ServiceModule.forRoot(context), KafkaModule.forRoot({ streams, kafka, topics: kafka })],
      controllers: [ReportsController],
      providers: [...adapters, ...monitor],
    };
  }
}
