import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import type { JoinCounters } from '@fraudflow/drift';
import { Counter, Histogram, type Registry } from '@fraudflow/observability';
import type { LabelRow } from '../counting/monitor-row.js';
import type { MonitorState } from '../deciding/monitor-state.js';

const DELAY_BUCKETS_SECONDS = [HOUR_MS, 6 * HOUR_MS, ...[1, 3, 7, 14, 30, 60, 90].map((days) => days * DAY_MS)].map(
  (ms) => ms / 1_000,
);

/** Metrics of the processed rows and labels. */
export class ProgressMetrics {
  readonly #rows: Counter<'outcome'>;
  readonly #joined: Counter;
  readonly #unmatched: Counter;
  readonly #late: Counter;
  readonly #scoresDropped: Counter<'reason'>;
  readonly #delay: Histogram;
  #counted = new Map<string, number>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#rows = new Counter({
      name: 'drift_rows_total',
      help: 'Processed scored rows, by outcome.',
      labelNames: ['outcome'] as const,
      registers,
    });
    this.#joined = new Counter({ name: 'labels_joined_total', help: 'Labels joined with a score.', registers });
    this.#unmatched = new Counter({
      name: 'labels_unmatched_total',
      help: 'Labels dropped because no score arrived for them.',
      registers,
    });
    this.#late = new Counter({
      name: 'labels_late_total',
      help: 'Labels that became available after the window of their transaction had matured. They change no report.',
      registers,
    });
    this.#scoresDropped = new Counter({
      name: 'live_scores_dropped_total',
      help: 'Scored rows without live performance: overflow (FRAUDFLOW_DRIFT_MAX_SCORES reached), late (window matured).',
      labelNames: ['reason'] as const,
      registers,
    });
    for (const reason of ['overflow', 'late']) this.#scoresDropped.inc({ reason }, 0);
    this.#delay = new Histogram({
      name: 'label_delay_seconds',
      help: 'Event time between a transaction and its label.',
      buckets: DELAY_BUCKETS_SECONDS,
      registers,
    });
  }

  labels(labels: readonly LabelRow[]): void {
    for (const { labelledAtMs, eventAtMs } of labels) {
      const seconds = (labelledAtMs - eventAtMs) / 1_000;
      if (Number.isFinite(seconds)) this.#delay.observe(Math.max(0, seconds));
    }
  }

  /** Uses the checkpoint's counts as the baseline: the counters of this process include only its own rows. */
  restored(state: MonitorState): void {
    this.#counted = totals(state);
  }

  progressed(state: MonitorState): void {
    const now = totals(state);
    for (const [name, total] of now) {
      const added = Math.max(0, total - (this.#counted.get(name) ?? 0));
      if (added > 0) this.#count(name, added);
    }
    this.#counted = now;
  }

  #count(name: string, added: number): void {
    switch (name) {
      case '#joined':
        return this.#joined.inc(added);
      case '#unmatched':
        return this.#unmatched.inc(added);
      case '#late':
        return this.#late.inc(added);
      case '#scores_overflow':
        return this.#scoresDropped.inc({ reason: 'overflow' }, added);
      case '#scores_late':
        return this.#scoresDropped.inc({ reason: 'late' }, added);
      default:
        return this.#rows.inc({ outcome: name }, added);
    }
  }
}

/** Counts of the state by name. Names of row outcomes have no `#`. */
function totals(state: MonitorState): Map<string, number> {
  const joins = state.joinCounters;
  const sum = (name: keyof JoinCounters): number => joins.reduce((total, counters) => total + counters[name], 0);
  return new Map<string, number>([
    ...Object.entries(state.outcomes),
    ['#joined', sum('joined')],
    ['#unmatched', state.unmatchedLabels],
    ['#late', state.lateLabels],
    ['#scores_overflow', sum('droppedScores')],
    ['#scores_late', sum('lateScores')],
  ]);
}
