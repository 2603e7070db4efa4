import { FEATURE_REPOSITORY } from '@fraudflow/features';
import type { Logger, Registry } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import { FeastRegistryController } from './feast-registry.controller.js';
import { FeastRegistryService } from './feast-registry.service.js';
import { RegistryObjects } from './registry-objects.js';

export interface FeastRegistryParts {
  /** What clients are told as the address of Kafka. */
  readonly brokers: readonly string[];
  readonly logger: Logger;
  readonly metrics: Registry;
}

/** The registry that Feast's SDK reads, on a port of its own. Listens with `listen`, ends with `stop`. */
export function createFeastRegistryServer({ brokers, logger, metrics }: FeastRegistryParts): GrpcServer {
  const server = new GrpcServer({ logger, metrics, carriesTrace: false });
  const objects = new RegistryObjects(FEATURE_REPOSITORY, brokers);
  new FeastRegistryController(new FeastRegistryService(objects), server).register();
  return server;
}
