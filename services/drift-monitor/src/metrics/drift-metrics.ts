import { Counter, Gauge, type Registry } from '@fraudflow/observability';
import type { ColumnVerdict } from '@fraudflow/drift';
import type { VerdictOutput } from '../monitoring/monitor-output.js';

const VERSION = ['model', 'version'] as const;
const SCORE = 'score';

type VersionLabels = { readonly model: string; readonly version: string };

/** What Prometheus sees of judged windows. Labels are bounded: features of the models followed. */
export class DriftMetrics {
  readonly #score: Gauge<'model' | 'version' | 'feature' | 'method'>;
  readonly #noiseFloor: Gauge<'model' | 'version' | 'feature' | 'method'>;
  readonly #evidence: Gauge<'model' | 'version' | 'signal'>;
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
    this.#score = gauge('drift_score', 'Score of the newest window against the reference, by method.', byColumn);
    this.#noiseFloor = gauge(
      'drift_noise_floor',
      'What the score stays below in 95 % of windows without drift.',
      byColumn,
    );
    this.#evidence = gauge('drift_evidence_log10', 'log10 of the running evidence of drift, by signal.', [
      ...VERSION,
      'signal',
    ]);
    this.#alarms = new Counter({
      name: 'drift_alarms_total',
      help: 'Alarms raised, by feature named and kind (input, score).',
      labelNames: [...VERSION, 'feature', 'kind'] as const,
      registers,
    });
    this.#rows = gauge('drift_window_rows', 'Rows of the newest judged window.', VERSION);
    this.#windowEnd = gauge(
      'drift_window_end_timestamp_seconds',
      'End of the newest judged window, event time.',
      VERSION,
    );
    this.#missing = gauge('feature_missing_ratio', 'Share of rows without a value.', [...VERSION, 'feature']);
    this.#unseen = gauge('feature_unseen_ratio', 'Share of rows outside the range of the reference.', [
      ...VERSION,
      'feature',
    ]);
  }

  /** @param isRepeat the verdict went out before a restart: gauges follow, counters do not. */
  judged({ verdict, decision }: VerdictOutput, isRepeat: boolean): void {
    const version = { model: verdict.model, version: verdict.version };
    for (const column of [...verdict.features, verdict.score]) this.#column(version, column);
    this.#evidence.set({ ...version, signal: 'input' }, decision.input.log10);
    this.#evidence.set({ ...version, signal: SCORE }, decision.score.log10);
    this.#rows.set(version, verdict.n);
    this.#windowEnd.set(version, verdict.windowEndMs / 1_000);
    if (isRepeat) return;
    for (const { name } of decision.attributed) this.#alarms.inc({ ...version, feature: name, kind: 'input' });
    if (decision.score.isAlarm) this.#alarms.inc({ ...version, feature: SCORE, kind: SCORE });
  }

  #column(version: VersionLabels, column: ColumnVerdict): void {
    const labels = { ...version, feature: column.name };
    this.#score.set({ ...labels, method: 'psi' }, column.psi);
    this.#noiseFloor.set({ ...labels, method: 'psi' }, column.psiNoiseFloor);
    if (column.ks !== null) {
      this.#score.set({ ...labels, method: 'ks' }, column.ks.statistic);
      this.#noiseFloor.set({ ...labels, method: 'ks' }, ksNoiseFloor(column.ks.referenceSize, column.ks.windowSize));
    }
    this.#missing.set(labels, column.missing.window);
    this.#unseen.set(labels, column.outOfRange.window);
  }
}

/** 95 % point of the two-sample statistic for large samples: 1.358·√(1/n + 1/m). */
function ksNoiseFloor(n: number, m: number): number {
  return 1.358 * Math.sqrt(1 / n + 1 / m);
}
