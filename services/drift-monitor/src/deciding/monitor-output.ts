import type { DriftVerdictEvent, RetrainingRequested } from '@fraudflow/contracts';
import type { EvidenceDecision, PerformanceReport, WindowVerdict } from '@fraudflow/drift';

/** One version's window was judged; goes to `drift.verdicts` under `id`. */
export interface VerdictOutput {
  readonly kind: 'verdict';
  readonly id: string;
  readonly event: DriftVerdictEvent;
  readonly verdict: WindowVerdict;
  readonly decision: EvidenceDecision;
}

/** A better model is asked for; goes to `retraining.requested` under `id`. */
export interface RetrainingOutput {
  readonly kind: 'retraining';
  readonly id: string;
  readonly event: RetrainingRequested;
}

/** A window's labels are complete: for metrics only, the next verdict carries it. */
export interface PerformanceOutput {
  readonly kind: 'performance';
  readonly model: string;
  readonly version: string;
  readonly report: PerformanceReport;
}

/**
 * A fault of one version's reference or state: it is not judged any more, the others are. For metrics and logs only.
 */
export interface FailureOutput {
  readonly kind: 'failure';
  readonly model: string;
  readonly version: string;
  readonly error: Error;
}

/** Results of the monitor, in order. Ids derive from the input: the same rows give the same ids again. */
export type MonitorOutput = VerdictOutput | RetrainingOutput | PerformanceOutput | FailureOutput;
