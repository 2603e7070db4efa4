import { Counter, Gauge, type Registry } from '@fraudflow/observability';
import type { ColumnVerdict } from '@fraudflow/drift';
import type { VerdictOutput } from '../deciding/monitor-output.js';
import type { ServingListener } from './serving-changes.js';
import { VersionSeries } from './version-series.js';

const VERSION = ['model', 'version'] as const;
const SCORE = 'score';

type VersionLabels = { readonly model: string; readonly version: string };

/**
 * Metrics of the evaluated windows of the serving versions. The number of series is bounded by the number of features.
 */
export class DriftMetrics implements ServingListener {
  readonly #series = new VersionSeries();
  readonly #score: Gauge<'model' | 'version' | 'feature' | 'method'>;
  readonly #noiseFloor: Gauge<'model' | 'version' | 'feature' | 'method'>;
  readonly #evidence: Gauge<'model' | 'version' | 'signal'>;
  readonly #threshold: Gauge<'model' | 'version' | 'signal'>;
  readonly #alarms: Counter<'model' | 'version' | 'feature' | 'kind'>;
  readonly #rows: Gauge<'model' | 'version'>;
  readonly #windowEnd: Gauge<'model' | 'version'>;
  readonly #missing: Gauge<'model' | 'version' | 'feature'>;
  readonly #unseen: Gauge<'model' | 'version' | 'feature'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const byColumn = [...VERSION, 'feature', 'method'] as const;
    const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers });
    this.#score = gauge('drift_score', 'Drift score of the newest window against the reference, by method.', byColumn);
    this.#noiseFloor = gauge('drift_noise_floor', '95 % quantile of the score in windows without drift.', byColumn);
    this.#evidence = gauge('drift_evidence_log10', 'log10 of the accumulated evidence of drift, by signal.', [
      ...VERSION,
      'signal',
    ]);
    this.#threshold = gauge('drift_evidence_threshold_log10', 'log10 of the evidence at which a signal alarms.', [
      ...VERSION,
      'signal',
    ]);
    this.#alarms = new Counter({
      name: 'drift_alarms_total',
      help: 'Alarms, by named feature and kind (input, score).',
      labelNames: [...VERSION, 'feature', 'kind'] as const,
      registers,
    });
    this.#rows = gauge('drift_window_rows', 'Rows of the newest evaluated window.', VERSION);
    this.#windowEnd = gauge(
      'drift_window_end_timestamp_seconds',
      'End of the newest evaluated window, event time.',
      VERSION,
    );
    this.#missing = gauge('feature_missing_ratio', 'Share of rows without a value.', [...VERSION, 'feature']);
    this.#unseen = gauge('feature_unseen_ratio', 'Share of rows outside the range of the reference.', [
      ...VERSION,
      'feature',
    ]);
  }

  /**
   * Removes the series of the versions that no longer score. The alarm counters of the new version are created with
   * value 0, because Prometheus computes no increase for a series whose first value is 1.
   */
  serves(model: string, version: string, featureNames: readonly string[]): void {
    this.#series.keepOnly(model, version);
    if (featureNames.length === 0) return;
    for (const feature of featureNames) this.#alarm({ model, version, feature, kind: 'input' }, 0);
    this.#alarm({ model, version, feature: SCORE, kind: SCORE }, 0);
  }

  /** @param isRepeat true if the verdict was sent before a restart: gauges are set, counters are not increased. */
  judged({ verdict, decision }: VerdictOutput, isRepeat: boolean): void {
    const version = { model: verdict.model, version: verdict.version };
    for (const column of [...verdict.features, verdict.score]) this.#column(version, column);
    for (const signal of ['input', SCORE] as const) {
      this.#set(this.#evidence, { ...version, signal }, decision[signal].log10);
      this.#set(this.#threshold, { ...version, signal }, decision[signal].thresholdLog10);
    }
    this.#set(this.#rows, version, verdict.n);
    this.#set(this.#windowEnd, version, verdict.windowEndMs / 1_000);
    if (isRepeat) return;
    for (const { name } of decision.attributed) this.#alarm({ ...version, feature: name, kind: 'input' }, 1);
    if (decision.score.isAlarm) this.#alarm({ ...version, feature: SCORE, kind: SCORE }, 1);
  }

  #column(version: VersionLabels, column: ColumnVerdict): void {
    const labels = { ...version, feature: column.name };
    this.#set(this.#score, { ...labels, method: 'psi' }, column.psi);
    this.#set(this.#noiseFloor, { ...labels, method: 'psi' }, column.psiNoiseFloor);
    if (column.ks !== null) {
      const { statistic, referenceSize, windowSize } = column.ks;
      this.#set(this.#score, { ...labels, method: 'ks' }, statistic);
      this.#set(this.#noiseFloor, { ...labels, method: 'ks' }, ksNoiseFloor(referenceSize, windowSize));
    }
    this.#set(this.#missing, labels, column.missing.window);
    this.#set(this.#unseen, labels, column.outOfRange.window);
  }

  #alarm(labels: VersionLabels & { readonly feature: string; readonly kind: string }, count: 0 | 1): void {
    this.#alarms.inc(labels, count);
    this.#series.add(this.#alarms, labels, () => this.#alarms.remove(labels));
  }

  #set<Label extends string>(
    gauge: Gauge<Label>,
    labels: VersionLabels & Readonly<Record<Label, string>>,
    value: number,
  ): void {
    gauge.set(labels, value);
    this.#series.add(gauge, labels, () => gauge.remove(labels));
  }
}

/** 95 % quantile of the two-sample KS statistic for large samples: 1.358·√(1/n + 1/m). */
function ksNoiseFloor(n: number, m: number): number {
  return 1.358 * Math.sqrt(1 / n + 1 / m);
}
