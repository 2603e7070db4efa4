import type { RetrainingRequested } from '@fraudflow/contracts';
import { Counter, Gauge, Histogram, type Logger, type Registry } from '@fraudflow/observability';
import { DriftMetrics } from './metrics/drift-metrics.js';
import { PerformanceMetrics } from './metrics/performance-metrics.js';
import { ProgressMetrics } from './metrics/progress-metrics.js';
import type { PerformanceOutput, VerdictOutput } from './monitoring/monitor-output.js';
import type { LabelRow } from './monitoring/monitor-row.js';
import type { MonitorState } from './monitoring/monitor-state.js';
import type { ProfileEvents } from './profiles/profile-library.js';

/** What the drift monitor tells: each business event becomes metrics and a log line here and nowhere else. */
export class DriftMonitorEvents implements ProfileEvents {
  readonly #drift: DriftMetrics;
  readonly #performance: PerformanceMetrics;
  readonly #progress: ProgressMetrics;
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
    this.#requests = new Counter({
      name: 'retrain_events_total',
      help: 'Retraining requests, by reason and result: emitted, or repeated after a restart and not sent again.',
      labelNames: ['model', 'version', 'reason', 'result'] as const,
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
      help: '1 on the instance that works, else 0.',
      registers,
    });
    this.#checkpointBytes = new Gauge({
      name: 'drift_checkpoint_bytes',
      help: 'Size of the newest checkpoint, compressed.',
      registers,
    });
    this.#checkpointSeconds = new Histogram({
      name: 'drift_checkpoint_seconds',
      help: 'Time to pack and store a checkpoint.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#checkpointFailures = new Counter({
      name: 'drift_checkpoint_failures_total',
      help: 'Checkpoints or lease renewals the store did not take.',
      registers,
    });
  }

  restored(state: MonitorState): void {
    this.#progress.restored(state);
    const versions = state.versions.map(({ identity }) => `${identity.model}:${identity.version}`);
    this.logger.info({ event: 'state_restored', versions });
    for (const { identity, lastReport } of state.versions) {
      if (lastReport !== undefined) this.#performance.reported(identity.model, identity.version, lastReport);
    }
  }

  progressed(state: MonitorState): void {
    this.#progress.progressed(state);
  }

  labelsReceived(labels: readonly LabelRow[]): void {
    this.#progress.labels(labels);
  }

  windowJudged(output: VerdictOutput, isRepeat: boolean): void {
    this.#drift.judged(output, isRepeat);
    const { verdict_id: verdictId, rows, evidence_log10: evidence, alarm, drifted_columns: drifted } = output.event;
    this.logger.info({ event: 'window_judged', verdictId, rows, evidence, alarm, drifted, isRepeat });
  }

  performanceReported({ model, version, report }: PerformanceOutput): void {
    this.#performance.reported(model, version, report);
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
}
