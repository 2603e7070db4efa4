import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import { Counter, Gauge, Histogram, type Registry } from '@fraudflow/observability';
import type { LabelRow } from '../monitoring/monitor-row.js';
import type { MonitorState } from '../monitoring/monitor-state.js';

const DELAY_BUCKETS_SECONDS = [HOUR_MS, 6 * HOUR_MS, ...[1, 3, 7, 14, 30, 60, 90].map((days) => days * DAY_MS)].map(
  (ms) => ms / 1_000,
);

/** What Prometheus sees of the monitor's own progress. */
export class ProgressMetrics {
  readonly #rows: Counter<'outcome'>;
  readonly #joined: Counter;
  readonly #unmatched: Counter;
  readonly #delay: Histogram;
  readonly #watermark: Gauge;
  readonly #lag: Gauge;
  #counted = new Map<string, number>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#rows = new Counter({
      name: 'drift_rows_total',
      help: 'Scored rows taken in, by what became of them.',
      labelNames: ['outcome'] as const,
      registers,
    });
    this.#joined = new Counter({ name: 'labels_joined_total', help: 'Labels joined with a score.', registers });
    this.#unmatched = new Counter({
      name: 'labels_unmatched_total',
      help: 'Labels given up because no score came for them.',
      registers,
    });
    this.#delay = new Histogram({
      name: 'label_delay_seconds',
      help: 'From a transaction to its label, event time.',
      buckets: DELAY_BUCKETS_SECONDS,
      registers,
    });
    this.#watermark = new Gauge({
      name: 'drift_watermark_timestamp_seconds',
      help: 'Event time reached by all partitions.',
      registers,
    });
    this.#lag = new Gauge({
      name: 'drift_window_lag_seconds',
      help: 'Event time between the newest row and the end of the newest closed window.',
      registers,
    });
  }

  labels(labels: readonly LabelRow[]): void {
    for (const { labelledAtMs, eventAtMs } of labels) {
      const seconds = (labelledAtMs - eventAtMs) / 1_000;
      if (Number.isFinite(seconds)) this.#delay.observe(Math.max(0, seconds));
    }
  }

  /** Counters start from what the checkpoint had counted: this process adds only what it saw itself. */
  restored(state: MonitorState): void {
    this.#counted = totals(state);
    this.#times(state);
  }

  progressed(state: MonitorState): void {
    const now = totals(state);
    for (const [name, total] of now) {
      const added = Math.max(0, total - (this.#counted.get(name) ?? 0));
      if (added === 0) continue;
      if (name === JOINED) this.#joined.inc(added);
      else if (name === UNMATCHED) this.#unmatched.inc(added);
      else this.#rows.inc({ outcome: name }, added);
    }
    this.#counted = now;
    this.#times(state);
  }

  #times(state: MonitorState): void {
    const { watermarkMs, newestMs, closedUpToMs } = state.times;
    if (Number.isFinite(watermarkMs)) this.#watermark.set(watermarkMs / 1_000);
    if (Number.isFinite(closedUpToMs)) this.#lag.set((newestMs - closedUpToMs) / 1_000);
  }
}

const JOINED = '#joined';
const UNMATCHED = '#unmatched';

function totals(state: MonitorState): Map<string, number> {
  return new Map([...Object.entries(state.outcomes), [JOINED, state.joinedLabels], [UNMATCHED, state.unmatchedLabels]]);
}
