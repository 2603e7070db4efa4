import { modelsEventsTopic } from '@fraudflow/contracts';
import { ensureTopics, KafkaBus } from '@fraudflow/messaging';
import type { ServiceContext } from '@fraudflow/observability';
import type { RegistryConfig } from './config.js';
import { KafkaModelEventPublisher } from './journal/adapters/kafka-model-event-publisher.js';
import { type RunningRegistry, startRegistry } from './start-registry.js';

/** Short, because a batch of the outbox holds a database connection meanwhile and is tried again anyway. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** The registry as configured, with its events going to Kafka. It starts, and stays usable, while Kafka is away. */
export async function startRegistryService(context: ServiceContext<RegistryConfig>): Promise<RunningRegistry> {
  const { config, logger, metrics, health } = context;
  const { brokers, partitions, replicationFactor } = config.kafka;
  const bus = new KafkaBus({ brokers, clientId: 'registry', logger, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  const ensureTopic = (): Promise<unknown> =>
    ensureTopics(bus.admin, [modelsEventsTopic], { partitions, replicationFactor });
  const publisher = new KafkaModelEventPublisher(bus, ensureTopic);
  const registry = await startRegistry({
    postgresUrl: config.postgres.url,
    poolSize: config.postgres.poolSize,
    schema: config.schema,
    artifactFolder: config.artifactFolder,
    uploadLimits: { maxBytes: config.maxArtifactBytes, idleTimeoutMs: config.uploadIdleTimeoutMs },
    statementTimeoutMs: config.statementTimeoutMs,
    outboxPollMs: config.outboxPollMs,
    bindAddress: config.process.bindAddress,
    allowedHosts: config.process.allowedHosts,
    httpPort: config.http.port,
    publisher,
    logger,
    metrics,
    health,
  });
  const stop = async (): Promise<void> => {
    await registry.stop();
    await publisher.close();
    await bus.close();
  };
  return { url: registry.url, stop };
}
