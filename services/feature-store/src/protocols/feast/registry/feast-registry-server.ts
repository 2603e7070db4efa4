import { FEATURE_REPOSITORY } from '@fraudflow/features';
import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import { FeastRegistryController } from './feast-registry.controller.js';
import { FeastRegistryService } from './feast-registry.service.js';
import { RegistryObjects } from './registry-objects.js';

export interface FeastRegistryParts {
  /** Address of Kafka in the data sources that clients read. */
  readonly brokers: readonly string[];
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health?: HealthRegistry | undefined;
}

/** Requests hold only names of projects and objects, so a small limit is enough. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The gRPC server of the registry that Feast's SDK reads. Start it with `listen`, end it with `stop`. */
export function createFeastRegistryServer({ brokers, logger, metrics, health }: FeastRegistryParts): GrpcServer {
  const server = new GrpcServer({ logger, metrics, health, maxMessageBytes: MAX_MESSAGE_BYTES, carriesTrace: false });
  const objects = new RegistryObjects(FEATURE_REPOSITORY, brokers);
  new FeastRegistryController(new FeastRegistryService(objects), server).register();
  return server;
}
