import { Counter, Gauge, type Registry } from '@fraudflow/observability';
import type { MonitorState } from '../deciding/monitor-state.js';

/** Metrics of event time: the watermark, and rows that are too far ahead to advance it. */
export class EventTimeMetrics {
  readonly #watermark: Gauge;
  readonly #lag: Gauge;
  readonly #window: Gauge;
  readonly #ahead: Counter;
  readonly #aheadSeconds: Gauge;
  readonly #jumps: Counter;
  #counted = { rows: 0, jumps: 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
    this.#watermark = gauge('drift_watermark_timestamp_seconds', 'Event-time watermark over all partitions.');
    this.#lag = gauge(
      'drift_window_lag_seconds',
      'Event time between the newest row and the end of the newest closed window.',
    );
    this.#window = gauge('drift_window_seconds', 'Length of a window (FRAUDFLOW_DRIFT_WINDOW), event time.');
    this.#ahead = counter(
      'drift_rows_ahead_total',
      'Scored rows further ahead of all others than FRAUDFLOW_DRIFT_MAX_JUMP. A single one does not advance event time.',
    );
    this.#aheadSeconds = gauge(
      'drift_event_time_ahead_seconds',
      'Event time between the newest accepted row and the newest row ahead; 0 if rows ahead do not outnumber the others.',
    );
    this.#jumps = counter(
      'drift_event_time_jumps_total',
      'Jumps of event time to rows ahead that outnumber the others by FRAUDFLOW_DRIFT_JUMP_ROWS. Rows before it are late.',
    );
  }

  /** Uses the checkpoint's counts as the baseline: the counters of this process include only its own rows. */
  restored(state: MonitorState): void {
    const { rows, jumps } = state.ahead;
    this.#counted = { rows, jumps };
    this.progressed(state);
  }

  progressed(state: MonitorState): void {
    const { watermarkMs, newestMs, closedUpToMs } = state.times;
    const { rows, jumps, votes, newestMs: newestAheadMs } = state.ahead;
    if (Number.isFinite(watermarkMs)) this.#watermark.set(watermarkMs / 1_000);
    if (Number.isFinite(closedUpToMs)) this.#lag.set((newestMs - closedUpToMs) / 1_000);
    this.#window.set(state.options.windowMs / 1_000);
    const isAhead = votes > 0 && Number.isFinite(newestMs) && Number.isFinite(newestAheadMs);
    this.#aheadSeconds.set(isAhead ? (newestAheadMs - newestMs) / 1_000 : 0);
    this.#ahead.inc(Math.max(0, rows - this.#counted.rows));
    this.#jumps.inc(Math.max(0, jumps - this.#counted.jumps));
    this.#counted = { rows, jumps };
  }
}
