import type { ColumnVerdict as ColumnEvent, DriftVerdictEvent } from '@fraudflow/contracts';
import type { ColumnVerdict, EvidenceDecision, PerformanceReport, WindowVerdict } from '@fraudflow/drift';

export interface VerdictParts {
  readonly verdict: WindowVerdict;
  readonly decision: EvidenceDecision;
  /** Report of the newest matured window of the version, if any. */
  readonly performance: PerformanceReport | undefined;
  readonly lateRows: number;
  readonly configDigest: string;
}

/** `<model>:<version>:<window start>`: one verdict per window of a version. */
export function verdictId({ model, version, windowStartMs }: WindowVerdict): string {
  return `${model}:${version}:${instant(windowStartMs)}`;
}

/**
 * Converts a verdict to its event. `drifted` marks the columns named by an alarm; KS p < 0.05 is visible in
 * `ks_p_value` and is no alarm. `evidence_log10` is the larger of the two signals, input and score.
 */
export function toVerdictEvent({
  verdict,
  decision,
  performance,
  lateRows,
  configDigest,
}: VerdictParts): DriftVerdictEvent {
  const named = new Set(decision.attributed.map(({ name }) => name));
  return {
    verdict_id: verdictId(verdict),
    model_name: verdict.model,
    model_version: verdict.version,
    window_start: instant(verdict.windowStartMs),
    window_end: instant(verdict.windowEndMs),
    rows: verdict.n,
    reference_rows: verdict.m,
    late_rows: lateRows,
    columns: verdict.features.map((column) => toColumnEvent(column, named.has(column.name))),
    score: toColumnEvent(verdict.score, decision.score.isAlarm),
    drifted_columns: [...named],
    evidence_log10: Math.max(decision.input.log10, decision.score.log10),
    alarm: decision.input.isAlarm || decision.score.isAlarm,
    false_alarm_budget: decision.budget,
    performance: performance === undefined ? null : toPerformanceEvent(performance),
    config_digest: configDigest,
  };
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function toColumnEvent(column: ColumnVerdict, drifted: boolean): ColumnEvent {
  return {
    name: column.name,
    n: column.n,
    m: column.m,
    ks_statistic: column.ks?.statistic ?? null,
    ks_p_value: column.ks?.pValue ?? null,
    psi: column.psi,
    psi_noise_floor: column.psiNoiseFloor,
    missing_share: column.missing.window,
    reference_missing_share: column.missing.reference,
    p_value: column.distribution.pValue,
    e_value: Math.exp(column.logE),
    drifted,
  };
}

function toPerformanceEvent(report: PerformanceReport): NonNullable<DriftVerdictEvent['performance']> {
  return {
    labelled_rows: report.labelled,
    precision: report.precision?.value ?? null,
    recall: report.recall?.value ?? null,
    f1: report.f1,
    accuracy: report.accuracy.value,
    auc_roc: report.rocAuc?.value ?? null,
    average_precision: report.averagePrecision?.value ?? null,
  };
}
