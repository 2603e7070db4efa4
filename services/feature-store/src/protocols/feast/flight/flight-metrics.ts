import { Counter, Histogram, type Registry } from '@fraudflow/observability';
import type { FlightEvents } from './flight.service.js';

/** Metrics of the offline store's calls, under the metric names of Feast. */
export class FlightMetrics implements FlightEvents {
  private readonly requests: Counter<'method' | 'status'>;
  private readonly seconds: Histogram<'method'>;
  private readonly rows: Counter<'method'>;
  private readonly archived: Counter<'feature_view'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'feast_offline_store_request_total',
      help: 'Calls of the remote offline store.',
      labelNames: ['method', 'status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'feast_offline_store_request_latency_seconds',
      help: 'Time from the complete request to the last row of the response.',
      labelNames: ['method'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
      registers,
    });
    this.rows = new Counter({
      name: 'feast_offline_store_row_count',
      help: 'Rows returned by the remote offline store.',
      labelNames: ['method'],
      registers,
    });
    this.archived = new Counter({
      name: 'feature_store_offline_pushed_rows_total',
      help: 'Rows written to the history of pushed views over Arrow Flight.',
      labelNames: ['feature_view'],
      registers,
    });
  }

  historyAnswered(method: string, rows: number, seconds: number): void {
    this.requests.inc({ method, status: 'success' });
    this.seconds.observe({ method }, seconds);
    this.rows.inc({ method }, rows);
  }

  historyFailed(method: string): void {
    this.requests.inc({ method, status: 'error' });
  }

  rowsArchived(view: string, rows: number): void {
    this.requests.inc({ method: 'offline_write_batch', status: 'success' });
    this.archived.inc({ feature_view: view }, rows);
  }
}
