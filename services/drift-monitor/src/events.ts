import type { RetrainingRequested } from '@fraudflow/contracts';
import type { PerformanceReport } from '@fraudflow/drift';
import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fraudflow/observability';
import { DriftMetrics } from './metrics/drift-metrics.js';
import { EventTimeMetrics } from './metrics/event-time-metrics.js';
import { PerformanceMetrics } from './metrics/performance-metrics.js';
import { ProgressMetrics } from './metrics/progress-metrics.js';
import { ServingChanges } from './metrics/serving-changes.js';
import type { FailureOutput, PerformanceOutput, VerdictOutput } from './deciding/monitor-output.js';
import type { LabelRow } from './counting/monitor-row.js';
import type { MonitorState } from './deciding/monitor-state.js';
import type { ProfileEvents } from './profiles/profile-library.js';

/** Writes metrics and log lines for the events of the drift monitor. */
export class DriftMonitorEvents implements ProfileEvents {
  readonly #drift: DriftMetrics;
  readonly #performance: PerformanceMetrics;
  readonly #progress: ProgressMetrics;
  readonly #eventTime: EventTimeMetrics;
  readonly #serving = new ServingChanges();
  readonly #failures: Counter<'model' | 'version'>;
  /** Values that were already logged: event time of the newest row ahead, and the number of jumps. */
  #logged = { aheadMs: -Infinity, jumps: 0 };
  readonly #requests: Counter<'model' | 'version' | 'reason' | 'result'>;
  readonly #lastRequest: Gauge<'model'>;
  readonly #active: Gauge;
  readonly #checkpointBytes: Gauge;
  readonly #checkpointSeconds: Histogram;
  readonly #checkpointFailures: Counter;

  constructor(
    private readonly logger: Logger,
    registry: Registry,
  ) {
    const registers = [registry];
    this.#drift = new DriftMetrics(registry);
    this.#performance = new PerformanceMetrics(registry);
    this.#progress = new ProgressMetrics(registry);
    this.#eventTime = new EventTimeMetrics(registry);
    this.#requests = new Counter({
      name: 'retrain_events_total',
      help: 'Retraining requests, by reason and result: emitted, or repeated after a restart and therefore not sent again.',
      labelNames: ['model', 'version', 'reason', 'result'] as const,
      registers,
    });
    this.#failures = new Counter({
      name: 'drift_version_failures_total',
      help: "Faults of a version's reference or state: drift of this version is no longer evaluated.",
      labelNames: ['model', 'version'] as const,
      registers,
    });
    this.#lastRequest = new Gauge({
      name: 'retrain_last_timestamp_seconds',
      help: 'Event time of the newest retraining request.',
      labelNames: ['model'] as const,
      registers,
    });
    this.#active = new Gauge({
      name: 'drift_monitor_active',
      help: '1 on the active instance, else 0.',
      registers,
    });
    this.#checkpointBytes = new Gauge({
      name: 'drift_checkpoint_bytes',
      help: 'Compressed size of the newest checkpoint.',
      registers,
    });
    this.#checkpointSeconds = new Histogram({
      name: 'drift_checkpoint_seconds',
      help: 'Time to compress and store a checkpoint.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#checkpointFailures = new Counter({
      name: 'drift_checkpoint_failures_total',
      help: 'Failed checkpoints and lease renewals, and unreadable checkpoints.',
      registers,
    });
  }

  restored(state: MonitorState): void {
    this.#progress.restored(state);
    this.#eventTime.restored(state);
    this.#logged = { aheadMs: state.ahead.newestMs, jumps: state.ahead.jumps };
    this.#serving.update(state, [this.#drift, this.#performance]);
    const versions = state.versions.map(({ identity }) => `${identity.model}:${identity.version}`);
    this.logger.info({ event: 'state_restored', versions });
    for (const { identity, lastReport } of state.versions) {
      if (lastReport !== undefined) this.#reported(identity.model, identity.version, lastReport);
    }
  }

  /** Must be called after rows were added to the state and before their outputs are reported. */
  progressed(state: MonitorState): void {
    this.#progress.progressed(state);
    this.#eventTime.progressed(state);
    this.#serving.update(state, [this.#drift, this.#performance]);
    this.#logRowsAhead(state);
  }

  labelsReceived(labels: readonly LabelRow[]): void {
    this.#progress.labels(labels);
  }

  windowJudged(output: VerdictOutput, isRepeat: boolean): void {
    const { model, version } = output.verdict;
    if (this.#isServing(model, version)) this.#drift.judged(output, isRepeat);
    const { verdict_id: verdictId, rows, evidence_log10: evidence, alarm, drifted_columns: drifted } = output.event;
    this.logger.info({ event: 'window_judged', verdictId, rows, evidence, alarm, drifted, isRepeat });
  }

  performanceReported({ model, version, report }: PerformanceOutput): void {
    this.#reported(model, version, report);
    const { n, frauds, labelled, windowEndMs } = report;
    this.logger.info({ event: 'labels_matured', model, version, windowEndMs, n, frauds, labelled });
  }

  retrainingRequested(request: RetrainingRequested, isRepeat: boolean): void {
    const { model_name: model, model_version: version, reason, requested_at: requestedAt } = request;
    this.#requests.inc({ model, version, reason, result: isRepeat ? 'repeated' : 'emitted' });
    this.#lastRequest.set({ model }, Date.parse(requestedAt) / 1_000);
    this.logger.warn({ event: 'retraining_requested', isRepeat, request });
  }

  profileLoaded(model: string, version: string): void {
    this.logger.info({ event: 'profile_loaded', model, version });
  }

  /** Drift of the version is no longer evaluated; its rows are still counted. */
  versionFailed({ model, version, error }: FailureOutput): void {
    this.#failures.inc({ model, version });
    this.logger.error({ event: 'version_not_judged', model, version, err: error });
  }

  profileAbsent(model: string, version: string, reason: string): void {
    this.logger.warn({ event: 'profile_absent', model, version, reason });
  }

  profileDelayed(model: string, version: string, reason: string): void {
    this.logger.warn({ event: 'profile_delayed', model, version, reason });
  }

  roleChanged(role: string): void {
    this.#active.set(role === 'active' ? 1 : 0);
    this.logger.info({ event: 'role_changed', role });
  }

  replaced(epoch: number): void {
    this.logger.warn({ event: 'replaced_by_another_instance', epoch });
  }

  checkpointed(bytes: number, tookMs: number): void {
    this.#checkpointBytes.set(bytes);
    this.#checkpointSeconds.observe(tookMs / 1_000);
    this.logger.debug({ event: 'checkpointed', bytes, tookMs: Math.round(tookMs) });
  }

  checkpointFailed(error: Error): void {
    this.#checkpointFailures.inc();
    this.logger.error({ event: 'checkpoint_failed', err: error });
  }

  checkpointUnreadable(error: Error): void {
    this.#checkpointFailures.inc();
    this.logger.error({ event: 'checkpoint_unreadable', err: error, effect: 'the state is rebuilt from the log' });
  }

  sessionFailed(error: Error): void {
    this.logger.error({ event: 'session_failed', err: error });
  }

  /** Only the serving version has series: the series of another version would keep their last value indefinitely. */
  #isServing(model: string, version: string): boolean {
    return (this.#serving.servingOf(model) ?? version) === version;
  }

  #reported(model: string, version: string, report: PerformanceReport): void {
    if (this.#isServing(model, version)) this.#performance.reported(model, version, report);
  }

  #logRowsAhead(state: MonitorState): void {
    const { ahead, times } = state;
    if (ahead.jumps > this.#logged.jumps) {
      this.logger.warn({
        event: 'event_time_jumped',
        newestRowAt: instant(times.newestMs),
        effect: 'rows of windows closed by the jump are counted as late (drift_rows_total{outcome="late"})',
      });
    } else if (ahead.newestMs > this.#logged.aheadMs) {
      this.logger.warn({
        event: 'event_time_ahead',
        newestRowAt: instant(times.newestMs),
        aheadAt: instant(ahead.newestMs),
        rowsAhead: ahead.rows,
        effect: 'these rows do not advance event time unless they outnumber the others by FRAUDFLOW_DRIFT_JUMP_ROWS',
      });
    }
    this.#logged = { aheadMs: Math.max(ahead.newestMs, this.#logged.aheadMs), jumps: ahead.jumps };
  }
}

function instant(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
