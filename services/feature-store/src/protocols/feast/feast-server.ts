import { type Clock, systemClock } from '@fraudflow/core';
import { FEATURE_REPOSITORY } from '@fraudflow/features';
import type { Logger, Registry } from '@fraudflow/observability';
import type { GrpcServer } from '@fraudflow/rpc';
import type { FastifyInstance } from 'fastify';
import { DocumentSearch } from '../../online/document-search.service.js';
import { FeatureResolver } from '../../online/feature-resolver.js';
import { FeatureServing, type OnlineReads } from '../../online/feature-serving.service.js';
import { FeastGrpcController } from './grpc/feast-grpc.controller.js';
import { feastHttpPlugin } from './http/feast-http.plugin.js';
import { MaterializationService } from '../../pushed/materialization.service.js';
import { type PushEvents, PushService } from '../../pushed/push.service.js';
import type { PushedRowArchive } from '../../pushed/pushed-row-archive.port.js';
import type { PushedRowStore } from '../../pushed/pushed-row-store.port.js';
import type { ServingSettings } from '../../online/serving-config.js';
import { ServingMetrics } from '../../online/serving-metrics.js';

export interface FeastServerParts {
  readonly online: OnlineReads;
  /** Built with the metrics' `damaged` as its listener. */
  readonly store: (metrics: ServingMetrics) => PushedRowStore;
  readonly archive: PushedRowArchive;
  /** Who listens to pushes in front of the metrics. */
  readonly statistics?: { decorate(events: PushEvents): PushEvents };
  readonly settings: ServingSettings;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Feast's feature server over HTTP and gRPC, bound together. */
export class FeastServer {
  /** For those who take rows in another way, such as Arrow Flight. */
  readonly pushes: PushService;
  /** Online features as columns, before any wire format. */
  readonly serving: FeatureServing;
  private readonly documents: DocumentSearch;
  private readonly materialization: MaterializationService;
  private readonly metrics: ServingMetrics;
  private readonly logger: Logger;

  constructor(parts: FeastServerParts) {
    const { online, archive, logger, clock = systemClock } = parts;
    const { maxRows, cardNumbersInPushes } = parts.settings;
    this.logger = logger;
    this.metrics = new ServingMetrics(parts.registry, FEATURE_REPOSITORY.project, clock, logger);
    const store = parts.store(this.metrics);
    const resolver = new FeatureResolver(FEATURE_REPOSITORY);
    this.documents = new DocumentSearch(resolver);
    this.serving = new FeatureServing({ resolver, online, pushed: store, events: this.metrics, clock, maxRows });
    this.materialization = new MaterializationService({
      repository: FEATURE_REPOSITORY,
      store,
      archive,
      events: {
        materialized: (view, rows, written) => logger.info({ event: 'view_materialized', view, rows, written }),
        materializationFailed: (view, error) => logger.error({ event: 'materialization_failed', view, err: error }),
      },
    });
    this.pushes = new PushService({
      repository: FEATURE_REPOSITORY,
      store,
      archive,
      events: parts.statistics?.decorate(this.metrics) ?? this.metrics,
      clock,
      maxRows,
      cardNumbersInPushes,
    });
  }

  /** Adds the HTTP routes. Before the server listens. */
  async serveHttp(fastify: FastifyInstance): Promise<void> {
    const { serving, pushes, materialization, documents, metrics, logger } = this;
    await fastify.register(feastHttpPlugin({ serving, pushes, materialization, documents, metrics, logger }));
  }

  /** Adds both gRPC services. Before the server listens. */
  serveGrpc(server: GrpcServer): void {
    const { serving, pushes, metrics } = this;
    new FeastGrpcController({ serving, pushes, metrics }).register(server);
  }
}
