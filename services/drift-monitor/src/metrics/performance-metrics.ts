import type { Bounded, PerformanceReport } from '@fraudflow/drift';
import { Gauge, type Registry } from '@fraudflow/observability';
import { wilsonInterval } from '@fraudflow/stats';
import type { ServingListener } from './serving-changes.js';
import { VersionSeries } from './version-series.js';

const LABELS = ['model', 'version', 'basis'] as const;
const MATURED = 'matured';

type BasisGauge = Gauge<(typeof LABELS)[number]>;

interface BoundedGauge {
  readonly value: BasisGauge;
  readonly lower: BasisGauge;
  readonly upper: BasisGauge;
}

/**
 * Metrics of the newest window with complete labels, for the serving versions. A metric that is undefined for this
 * window has no series.
 */
export class PerformanceMetrics implements ServingListener {
  readonly #series = new VersionSeries();
  readonly #bounded: Readonly<Record<'precision' | 'recall' | 'rocAuc' | 'averagePrecision' | 'fpr', BoundedGauge>>;
  readonly #f1: BasisGauge;
  readonly #brier: BasisGauge;
  readonly #accuracy: Gauge<'model' | 'version'>;
  readonly #maturity: Gauge<'model' | 'version'>;
  readonly #windowEnd: Gauge<'model' | 'version'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string): BasisGauge =>
      new Gauge({ name, help: `${help} of the newest window with complete labels.`, labelNames: LABELS, registers });
    const bounded = (name: string, help: string): BoundedGauge => ({
      value: gauge(name, help),
      lower: gauge(`${name}_lower`, `Lower 95 % bound: ${help.toLowerCase()}`),
      upper: gauge(`${name}_upper`, `Upper 95 % bound: ${help.toLowerCase()}`),
    });
    const byVersion = (name: string, help: string): Gauge<'model' | 'version'> =>
      new Gauge({ name, help, labelNames: ['model', 'version'] as const, registers });
    this.#bounded = {
      precision: bounded('live_precision_ratio', 'Precision'),
      recall: bounded('live_recall_ratio', 'Recall'),
      fpr: bounded('live_fpr_ratio', 'False-positive rate'),
      rocAuc: bounded('live_roc_auc_ratio', 'Area under the ROC curve'),
      averagePrecision: bounded('live_pr_auc_ratio', 'Average precision'),
    };
    this.#f1 = gauge('live_f1_ratio', 'F1');
    this.#brier = gauge('live_brier', 'Brier score');
    this.#accuracy = byVersion('model_accuracy', 'Live accuracy of the newest window with complete labels.');
    this.#maturity = byVersion('label_maturity_ratio', 'Share of the newest matured window with an explicit label.');
    this.#windowEnd = byVersion('live_window_end_timestamp_seconds', 'End of the newest matured window, event time.');
  }

  /** Removes the series of the versions that no longer score. */
  serves(model: string, version: string): void {
    this.#series.keepOnly(model, version);
  }

  reported(model: string, version: string, report: PerformanceReport): void {
    const byVersion = { model, version };
    const labels = { ...byVersion, basis: MATURED };
    const { falsePositives, trueNegatives } = report.confusion;
    const genuine = falsePositives + trueNegatives;
    const fpr = genuine === 0 ? null : { value: falsePositives / genuine, ...wilsonInterval(falsePositives, genuine) };
    this.#setBounded(this.#bounded.precision, labels, report.precision);
    this.#setBounded(this.#bounded.recall, labels, report.recall);
    this.#setBounded(this.#bounded.rocAuc, labels, report.rocAuc);
    this.#setBounded(this.#bounded.averagePrecision, labels, report.averagePrecision);
    this.#setBounded(this.#bounded.fpr, labels, fpr);
    this.#setOrRemove(this.#f1, labels, report.f1);
    this.#setOrRemove(this.#brier, labels, report.brier);
    this.#set(this.#accuracy, byVersion, report.accuracy.value);
    this.#set(this.#maturity, byVersion, report.labelled / report.n);
    this.#set(this.#windowEnd, byVersion, report.windowEndMs / 1_000);
  }

  #setBounded(gauge: BoundedGauge, labels: BasisLabels, bounded: Bounded | null): void {
    this.#setOrRemove(gauge.value, labels, bounded?.value ?? null);
    this.#setOrRemove(gauge.lower, labels, bounded?.lower ?? null);
    this.#setOrRemove(gauge.upper, labels, bounded?.upper ?? null);
  }

  #setOrRemove(gauge: BasisGauge, labels: BasisLabels, value: number | null): void {
    if (value === null) return gauge.remove(labels);
    gauge.set(labels, value);
    this.#series.add(gauge, labels, () => gauge.remove(labels));
  }

  #set(gauge: Gauge<'model' | 'version'>, labels: Readonly<Record<'model' | 'version', string>>, value: number): void {
    gauge.set(labels, value);
    this.#series.add(gauge, labels, () => gauge.remove(labels));
  }
}

type BasisLabels = Readonly<Record<(typeof LABELS)[number], string>>;
