import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import type { FeastRegistrySettings } from './registry/feast-registry-config.js';
import { createFeastRegistryServer } from './registry/feast-registry-server.js';
import type { ServingSettings } from '../../online/serving-config.js';
import type { FlightSettings } from './flight/flight-config.js';
import { createFlightServer } from './flight/flight-server.js';
import type { FlightSources } from './flight/flight.service.js';

/** Dependencies of the two servers. */
export interface FeastServersParts extends FlightSources {
  readonly config: {
    readonly kafka: { readonly brokers: readonly string[] };
    readonly process: { readonly bindAddress: string };
    readonly feastRegistry: FeastRegistrySettings;
    readonly flight: FlightSettings;
    readonly serving: Pick<ServingSettings, 'cardNumbersInPushes'>;
  };
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health?: HealthRegistry | undefined;
}

/** The running servers for Feast's SDK. */
export interface FeastServers {
  /** The ports the servers listen on; they differ from the configuration if port 0 was configured. */
  readonly ports: { readonly registry: number; readonly flight: number };
  stop(): Promise<void>;
}

/** Starts the servers that Feast's SDK needs in addition to the online store: the registry and the offline store. */
export async function startFeastServers(parts: FeastServersParts): Promise<FeastServers> {
  const { config, logger, metrics, health } = parts;
  const { bindAddress } = config.process;
  const registry = createFeastRegistryServer({ brokers: config.kafka.brokers, logger, metrics, health });
  const { cardNumbersInPushes } = config.serving;
  const flight = createFlightServer({ ...parts, settings: { ...config.flight, cardNumbersInPushes } });
  const ports = {
    registry: await registry.listen(`${bindAddress}:${config.feastRegistry.port}`),
    flight: await flight.listen(`${bindAddress}:${config.flight.port}`),
  };
  return {
    ports,
    stop: async () => {
      await Promise.all([registry.stop(), flight.stop()]);
    },
  };
}
