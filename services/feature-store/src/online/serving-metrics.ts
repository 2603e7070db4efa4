import type { Clock } from '@fraudflow/core';
import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fraudflow/observability';
import type { ServingEvents } from './feature-serving.service.js';
import type { PushEvents, PushTarget } from '../pushed/push.service.js';
import type { PushedRow } from '../pushed/pushed-row.js';
import type { WriteOutcome } from '../pushed/pushed-row-store.port.js';
import type { ServedFeatures, ServedView } from './served-features.js';

const STATUS_NAMES = ['INVALID', 'PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'OUTSIDE_MAX_AGE'];
/** Feast's buckets start at 5 ms; this server responds in a tenth of that. */
const LATENCY_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const READ_SECONDS = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const ROW_COUNTS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 10_000];

/** Counts of one view: served cells by status, and the newest event time. */
interface ViewFigures {
  readonly cells: Float64Array;
  newestSeconds: number;
}

/**
 * Metrics of serving under the names of Feast's own feature server. Counts per cell are summed here and reported at
 * scrape time.
 */
export class ServingMetrics implements ServingEvents, PushEvents {
  private readonly views = new Map<string, ViewFigures>();
  private readonly requests: Counter<'endpoint' | 'status'>;
  private readonly latency: Histogram<'endpoint' | 'feature_count' | 'feature_view_count'>;
  private readonly onlineRequests: Counter;
  private readonly entityRows: Histogram;
  private readonly readSeconds: Histogram;
  private readonly pushes: Counter<'push_source' | 'mode'>;
  private readonly pushedRows: Counter<'feature_view' | 'outcome'>;

  constructor(
    registry: Registry,
    private readonly project: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'feast_feature_server_request_total',
      help: 'Requests to the feature server.',
      labelNames: ['endpoint', 'status'],
      registers,
    });
    this.latency = new Histogram({
      name: 'feast_feature_server_request_latency_seconds',
      help: 'Time from request to response.',
      labelNames: ['endpoint', 'feature_count', 'feature_view_count'],
      buckets: LATENCY_SECONDS,
      registers,
    });
    this.onlineRequests = new Counter({
      name: 'feast_online_features_request_total',
      help: 'Online feature requests served.',
      registers,
    });
    this.entityRows = new Histogram({
      name: 'feast_online_features_entity_count',
      help: 'Entity rows per online feature request.',
      buckets: ROW_COUNTS,
      registers,
    });
    this.readSeconds = new Histogram({
      name: 'feast_feature_server_online_store_read_duration_seconds',
      help: 'Time to read and evaluate all views of a request.',
      buckets: READ_SECONDS,
      registers,
    });
    this.pushes = new Counter({
      name: 'feast_push_request_total',
      help: 'Push requests accepted.',
      labelNames: ['push_source', 'mode'],
      registers,
    });
    this.pushedRows = new Counter({
      name: 'feature_store_pushed_rows_total',
      help: 'Pushed rows by outcome: written, not_newer, archived, damaged.',
      labelNames: ['feature_view', 'outcome'],
      registers,
    });
    this.registerCells(registers);
    this.registerFreshness(registers);
  }

  /** @param featureCount,viewCount numbers of a resolved online request; 0 for other requests */
  requestEnded(
    endpoint: string,
    status: 'success' | 'error',
    seconds: number,
    counts = { features: 0, views: 0 },
  ): void {
    this.requests.inc({ endpoint, status });
    const labels = { endpoint, feature_count: labelOf(counts.features), feature_view_count: labelOf(counts.views) };
    this.latency.observe(labels, seconds);
  }

  served({ views, resolution, rowCount }: ServedFeatures, readSeconds: number): void {
    this.onlineRequests.inc();
    this.entityRows.observe(rowCount);
    this.readSeconds.observe(readSeconds);
    for (let i = 0; i < views.length; i++) {
      const view = views[i];
      const name = resolution.views[i]?.name;
      if (view !== undefined && name !== undefined) {
        count(this.figuresOf(name), view, resolution.columnsOfView[i] ?? 0);
      }
    }
  }

  pushRequested(pushSource: string, target: PushTarget): void {
    this.pushes.inc({ push_source: pushSource, mode: target });
  }

  pushed(view: string, target: PushTarget, rows: readonly PushedRow[], outcome: WriteOutcome | undefined): void {
    if (target !== 'online') this.pushedRows.inc({ feature_view: view, outcome: 'archived' }, rows.length);
    if (outcome === undefined) return;
    this.pushedRows.inc({ feature_view: view, outcome: 'written' }, outcome.written);
    this.pushedRows.inc({ feature_view: view, outcome: 'not_newer' }, outcome.notNewer);
    const figures = this.figuresOf(view);
    for (const { eventAt } of rows) figures.newestSeconds = Math.max(figures.newestSeconds, eventAt.seconds);
  }

  /** A stored row failed its checksum. */
  damaged(view: string, entityKey: string): void {
    this.pushedRows.inc({ feature_view: view, outcome: 'damaged' });
    this.logger.error({ event: 'pushed_row_damaged', view, entityKey });
  }

  private figuresOf(view: string): ViewFigures {
    const known = this.views.get(view);
    if (known !== undefined) return known;
    const figures = { cells: new Float64Array(STATUS_NAMES.length), newestSeconds: 0 };
    this.views.set(view, figures);
    return figures;
  }

  private registerCells(registers: Registry[]): void {
    const { views } = this;
    const counter = new Counter({
      name: 'feast_online_features_status_total',
      help: 'Feature values served by view and status.',
      labelNames: ['feature_view', 'status'],
      registers,
      collect() {
        counter.reset();
        for (const [view, { cells }] of views) {
          cells.forEach((n, i) => n > 0 && counter.inc({ feature_view: view, status: STATUS_NAMES[i] ?? '' }, n));
        }
      },
    });
  }

  private registerFreshness(registers: Registry[]): void {
    const { views, project, clock } = this;
    const gauge = new Gauge({
      name: 'feast_feature_freshness_seconds',
      help: 'Age of the newest event time that was served or pushed.',
      labelNames: ['feature_view', 'project'],
      registers,
      collect() {
        for (const [view, { newestSeconds }] of views) {
          if (newestSeconds > 0) gauge.set({ feature_view: view, project }, clock.nowMs() / 1_000 - newestSeconds);
        }
      },
    });
  }
}

function count(figures: ViewFigures, view: ServedView, columns: number): void {
  const { statuses, eventSeconds } = view;
  for (let row = 0; row < statuses.length; row++) {
    const status = statuses[row] ?? 0;
    figures.cells[status] = (figures.cells[status] ?? 0) + columns;
    const seconds = eventSeconds[row] ?? 0;
    if (seconds > figures.newestSeconds) figures.newestSeconds = seconds;
  }
}

function labelOf(count: number): string {
  return count === 0 ? '' : String(count);
}
