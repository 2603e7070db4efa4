import { FEATURE_REPOSITORY } from '@fraudflow/features';
import { HealthRegistry } from '@fraudflow/observability';
import { CLOCK, GrpcTransport, LOGGER, METRICS, provide, token } from '@fraudflow/service';
import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from './config.js';
import { FeatureStoreEvents } from './events.js';
import { READ_POOL } from './history.providers.js';
import { HistoryReplay } from './offline/history/history-replay.js';
import { History } from './offline/history/history.port.js';
import { PointInTimeFeatures } from './offline/point-in-time/point-in-time-features.js';
import { PushedFeatures } from './offline/point-in-time/pushed-features.js';
import { PostgresPushedHistory } from './protocols/feast/flight/adapters/postgres-pushed-history.js';
import { StoredViewHistory } from './protocols/feast/flight/answers/stored-view-history.js';
import { HistoryTransactions } from './protocols/feast/flight/answers/stored-rows.js';
import { FlightMetrics } from './protocols/feast/flight/flight-metrics.js';
import { FLIGHT_SERVICE } from './protocols/feast/flight/flight.controller.js';
import { FlightService } from './protocols/feast/flight/flight.service.js';
import { FEAST_REGISTRY_SERVICE } from './protocols/feast/registry/feast-registry.controller.js';
import { FeastRegistryService } from './protocols/feast/registry/feast-registry.service.js';
import { RegistryObjects } from './protocols/feast/registry/registry-objects.js';
import { PushedRowArchive } from './pushed/pushed-row-archive.port.js';

/** Injection tokens of the two gRPC servers that Feast's SDK needs in addition to online serving. */
export const FEAST_REGISTRY_TRANSPORT = token<GrpcTransport>("server of Feast's registry");
export const FLIGHT_TRANSPORT = token<GrpcTransport>('server of Arrow Flight');

/** Requests hold only names of projects and objects, so a small limit is enough. */
const MAX_REGISTRY_MESSAGE_BYTES = 1024 * 1024;

/** Feast's registry and its offline store over Arrow Flight, each on a separate port. */
export const FEAST_SDK_PROVIDERS: readonly FactoryProvider[] = [
  provide(
    FeastRegistryService,
    { config: SETTINGS },
    ({ config: { kafka } }) => new FeastRegistryService(new RegistryObjects(FEATURE_REPOSITORY, kafka.brokers)),
  ),
  provide(
    FlightService,
    {
      config: SETTINGS,
      clock: CLOCK,
      metrics: METRICS,
      pool: READ_POOL,
      history: History,
      replay: HistoryReplay,
      archive: PushedRowArchive,
      events: FeatureStoreEvents,
    },
    ({ config: { flight, offline, serving }, clock, metrics, pool, history, replay, archive, events }) => {
      const { includeLate } = offline;
      const sources = {
        historical: new PointInTimeFeatures(history, replay, new PushedFeatures(archive), events),
        history: new StoredViewHistory(history, new PostgresPushedHistory(pool), includeLate),
        transactions: new HistoryTransactions(history, replay, includeLate),
        archive,
      };
      const { cardNumbersInPushes } = serving;
      return new FlightService(sources, { ...flight, cardNumbersInPushes }, new FlightMetrics(metrics), clock);
    },
  ),
  provide(
    FEAST_REGISTRY_TRANSPORT,
    { config: SETTINGS, logger: LOGGER, metrics: METRICS, health: HealthRegistry },
    ({ config: { process, feastRegistry }, logger, metrics, health }) =>
      new GrpcTransport({
        logger,
        metrics,
        health,
        maxMessageBytes: MAX_REGISTRY_MESSAGE_BYTES,
        carriesTrace: false,
        address: `${process.bindAddress}:${feastRegistry.port}`,
        services: [FEAST_REGISTRY_SERVICE],
      }),
  ),
  provide(
    FLIGHT_TRANSPORT,
    { config: SETTINGS, logger: LOGGER, metrics: METRICS, health: HealthRegistry },
    ({ config: { process, flight }, logger, metrics, health }) =>
      new GrpcTransport({
        logger,
        metrics,
        health,
        // A client sends a whole data frame as one message.
        maxMessageBytes: flight.maxUploadBytes,
        carriesTrace: false,
        address: `${process.bindAddress}:${flight.port}`,
        services: [FLIGHT_SERVICE],
      }),
  ),
];
