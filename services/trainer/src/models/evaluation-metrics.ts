import type { Evaluation } from '@fraudflow/learning';

/** An evaluation under the names the runs log; undefined values are omitted. */
export function evaluationMetrics(evaluation: Evaluation): Readonly<Record<string, number>> {
  const metrics = {
    average_precision: evaluation.averagePrecision,
    auc_roc: evaluation.aucRoc,
    [`card_precision_${evaluation.topCards}`]: evaluation.cardPrecision,
    precision: evaluation.precision,
    recall: evaluation.recall,
    f1: evaluation.f1,
    accuracy: evaluation.accuracy,
    threshold: evaluation.threshold,
    test_rows: evaluation.rows,
    test_frauds: evaluation.frauds,
  };
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
