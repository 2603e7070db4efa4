import { ALL_TOPICS } from '@fraudflow/contracts';
import { ensureTopics, EventProducer, KafkaBus } from '@fraudflow/messaging';
import type { RunningService, ServiceContext } from '@fraudflow/observability';
import { connectRedis } from '@fraudflow/redis';
import { RegistryClient } from '@fraudflow/registry-client';
import { createHttpApp, listenHttp } from '@fraudflow/rpc';
import { AppModule } from './app.module.js';
import type { DriftMonitorConfig } from './config.js';
import { DriftMonitorEvents } from './events.js';
import { monitorOptions } from './monitor-options-of-config.js';
import { RegistryProfileSource } from './profiles/adapters/registry-profile-source.js';
import { RedisCheckpointStore } from './session/adapters/redis-checkpoint-store.js';
import { MonitorRunner } from './session/monitor-runner.js';

/** Binds the drift monitor's parts together and starts them. */
export async function startDriftMonitor(context: ServiceContext<DriftMonitorConfig>): Promise<RunningService> {
  const { config, logger, metrics, health } = context;
  const bus = new KafkaBus({ ...config.kafka, clientId: 'drift-monitor', logger });
  await ensureTopics(bus.admin, ALL_TOPICS, config.kafka);
  const redis = await connectRedis({ ...config.redis, logger, health });
  const producer = new EventProducer(bus);
  const runner = new MonitorRunner({
    bus,
    producer,
    store: new RedisCheckpointStore(redis),
    profiles: new RegistryProfileSource(new RegistryClient(config.registryAddress)),
    events: new DriftMonitorEvents(logger, metrics),
    logger,
    metrics,
    options: monitorOptions(config, config.kafka.partitions),
    timing: config.session,
  });
  health.add('monitor', () => ({ ok: runner.role === 'active' || runner.role === 'idle', detail: runner.role }));
  const app = await createHttpApp(AppModule.forRoot(runner, health, metrics), {
    logger,
    allowedHosts: config.process.allowedHosts,
  });
  await listenHttp(app, config.httpPort, config.process.bindAddress);
  runner.start();
  return {
    stop: async () => {
      await runner.stop();
      await producer.close();
      await app.close();
      redis.disconnect();
      await bus.close();
    },
  };
}
