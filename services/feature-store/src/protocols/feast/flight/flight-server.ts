import { type Clock, systemClock } from '@fraudflow/core';
import type { HealthRegistry, Logger, Registry } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import type { FlightOptions } from './flight-config.js';
import { FlightController } from './flight.controller.js';
import { FlightMetrics } from './flight-metrics.js';
import { FlightService, type FlightSources } from './flight.service.js';

/** Dependencies of the server. */
export interface FlightServerParts extends FlightSources {
  readonly settings: FlightOptions;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health?: HealthRegistry | undefined;
  readonly clock?: Clock;
}

/** The Arrow Flight server of the offline store. Start it with `listen`, end it with `stop`. */
export function createFlightServer(parts: FlightServerParts): GrpcServer {
  const { settings, logger, metrics, health, clock = systemClock } = parts;
  // A client sends a whole data frame as one message.
  const server = new GrpcServer({
    logger,
    metrics,
    health,
    maxMessageBytes: settings.maxUploadBytes,
    carriesTrace: false,
  });
  const service = new FlightService(parts, settings, new FlightMetrics(metrics), clock);
  new FlightController(service, server).register();
  return server;
}
