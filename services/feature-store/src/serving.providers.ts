import { FEATURE_REPOSITORY } from '@fraudflow/features';
import { CLOCK, LOGGER, METRICS, provide } from '@fraudflow/service';
import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from './config.js';
import { DocumentSearch } from './online/document-search.service.js';
import { FeatureResolver } from './online/feature-resolver.js';
import { FeatureServing } from './online/feature-serving.service.js';
import { OnlineFeaturesService } from './online/online-features.js';
import { ServingMetrics } from './online/serving-metrics.js';
import { FeastHttpParts } from './protocols/feast/http/feast-http.plugin.js';
import { MaterializationService } from './pushed/materialization.service.js';
import { PushService } from './pushed/push.service.js';
import { PushedRowArchive } from './pushed/pushed-row-archive.port.js';
import { PushedRowStore } from './pushed/pushed-row-store.port.js';
import { FeatureStatistics } from './statistics/feature-statistics.js';

/**
 * Online serving without its infrastructure. The providers inject `CONFIG`, `CLOCK`, `LOGGER`, `Registry`,
 * `FeatureStatistics`, `OnlineFeaturesService` and the ports `PushedRowStore` and `PushedRowArchive`.
 */
export const SERVING_PROVIDERS: readonly FactoryProvider[] = [
  provide(
    ServingMetrics,
    { registry: METRICS, clock: CLOCK, logger: LOGGER },
    ({ registry, clock, logger }) => new ServingMetrics(registry, FEATURE_REPOSITORY.project, clock, logger),
  ),
  provide(FeatureResolver, {}, () => new FeatureResolver(FEATURE_REPOSITORY)),
  provide(DocumentSearch, { resolver: FeatureResolver }, ({ resolver }) => new DocumentSearch(resolver)),
  provide(
    FeatureServing,
    {
      config: SETTINGS,
      clock: CLOCK,
      resolver: FeatureResolver,
      online: OnlineFeaturesService,
      pushed: PushedRowStore,
      events: ServingMetrics,
    },
    ({ config: { serving }, clock, resolver, online, pushed, events }) =>
      new FeatureServing({ resolver, online, pushed, events, clock, maxRows: serving.maxRows }),
  ),
  provide(
    MaterializationService,
    { store: PushedRowStore, archive: PushedRowArchive, logger: LOGGER },
    ({ store, archive, logger }) =>
      new MaterializationService({
        repository: FEATURE_REPOSITORY,
        store,
        archive,
        events: {
          materialized: (view, rows, written) => logger.info({ event: 'view_materialized', view, rows, written }),
          materializationFailed: (view, error) => logger.error({ event: 'materialization_failed', view, err: error }),
        },
      }),
  ),
  provide(
    PushService,
    {
      config: SETTINGS,
      clock: CLOCK,
      store: PushedRowStore,
      archive: PushedRowArchive,
      metrics: ServingMetrics,
      statistics: FeatureStatistics,
    },
    ({ config: { serving }, clock, store, archive, metrics, statistics }) => {
      const { maxRows, cardNumbersInPushes } = serving;
      const events = statistics.decorate(metrics);
      const repository = FEATURE_REPOSITORY;
      return new PushService({ repository, store, archive, events, clock, maxRows, cardNumbersInPushes });
    },
  ),
  provide(
    FeastHttpParts,
    {
      serving: FeatureServing,
      pushes: PushService,
      materialization: MaterializationService,
      documents: DocumentSearch,
      metrics: ServingMetrics,
      logger: LOGGER,
    },
    ({ serving, pushes, materialization, documents, metrics, logger }) => ({
      serving,
      pushes,
      materialization,
      documents,
      metrics,
      logger,
    }),
  ),
];
