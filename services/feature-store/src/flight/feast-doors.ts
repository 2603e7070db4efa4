import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import type { FeastRegistrySettings } from '../feast-registry/feast-registry-config.js';
import { createFeastRegistryServer } from '../feast-registry/feast-registry-server.js';
import type { ServingSettings } from '../serving/serving-config.js';
import type { FlightSettings } from './flight-config.js';
import { createFlightServer } from './flight-server.js';
import type { FlightSources } from './flight.service.js';

export interface FeastDoorsParts extends FlightSources {
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

export interface FeastDoors {
  /** The ports that are listened on; useful when 0 was asked for. */
  readonly ports: { readonly registry: number; readonly flight: number };
  stop(): Promise<void>;
}

/** Opens what Feast's SDK needs beside the online store: the registry and the offline store, each on a port of its own. */
export async function openFeastDoors(parts: FeastDoorsParts): Promise<FeastDoors> {
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
