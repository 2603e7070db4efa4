import {
  type Confusion,
  type Interval,
  aucInterval,
  averagePrecision,
  averagePrecisionInterval,
  brier,
  confusion,
  decisionMetrics,
  rocAuc,
  wilsonInterval,
} from '@fraudflow/stats';

/** An estimate with its 95 % interval. */
export interface Bounded extends Interval {
  readonly value: number;
}

/** Metrics of one matured window. Plain JSON; null where a metric is undefined (a class is absent, nothing flagged). */
export interface PerformanceReport {
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Event time from which the window counts as fully labelled. */
  readonly maturedAtMs: number;
  /** Threshold of the version at its first score, for information. Metrics use the decisions at scoring time. */
  readonly threshold: number;
  /** Number of scored transactions, of frauds, and of transactions with an explicit label. */
  readonly n: number;
  readonly frauds: number;
  readonly labelled: number;
  readonly confusion: Confusion;
  readonly precision: Bounded | null;
  readonly recall: Bounded | null;
  readonly f1: number | null;
  readonly accuracy: Bounded;
  readonly rocAuc: Bounded | null;
  readonly averagePrecision: Bounded | null;
  readonly brier: number;
}

/** Input of a report. `labels` and `flagged` (the scorer's fraud decision) are 0 or 1. */
export interface MaturedWindow {
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly maturedAtMs: number;
  readonly threshold: number;
  readonly labelled: number;
  readonly scores: Float64Array;
  readonly flagged: Uint8Array;
  readonly labels: Uint8Array;
}

/** Computes the metrics of a matured window with at least one transaction. O(n log n). */
export function performanceReport(window: MaturedWindow): PerformanceReport {
  const { scores, flagged, labels, labelled, threshold, windowStartMs, windowEndMs, maturedAtMs } = window;
  const counts = confusion(flagged, labels, 1);
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const rates = decisionMetrics(counts);
  const n = scores.length;
  const frauds = truePositives + falseNegatives;
  const hasBothClasses = frauds > 0 && frauds < n;
  const auc = rocAuc(scores, labels);
  const ap = averagePrecision(scores, labels);
  return {
    windowStartMs,
    windowEndMs,
    maturedAtMs,
    threshold,
    n,
    frauds,
    labelled,
    confusion: counts,
    precision: proportion(truePositives, truePositives + falsePositives),
    recall: proportion(truePositives, frauds),
    f1: truePositives + falsePositives + falseNegatives === 0 ? null : rates.f1,
    accuracy: { value: rates.accuracy, ...wilsonInterval(truePositives + trueNegatives, n) },
    rocAuc: hasBothClasses ? { value: auc, ...aucInterval(auc, frauds, n - frauds) } : null,
    averagePrecision: frauds > 0 ? { value: ap, ...averagePrecisionInterval(ap, frauds) } : null,
    brier: brier(scores, labels),
  };
}

function proportion(successes: number, trials: number): Bounded | null {
  return trials === 0 ? null : { value: successes / trials, ...wilsonInterval(successes, trials) };
}
