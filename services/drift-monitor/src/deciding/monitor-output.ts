import type { DriftVerdictEvent, RetrainingRequested } from '@fraudflow/contracts';
import type { EvidenceDecision, PerformanceReport, WindowVerdict } from '@fraudflow/drift';

/** Verdict on one window of a version. It is sent to `drift.verdicts` with the event id `id`. */
export interface VerdictOutput {
  readonly kind: 'verdict';
  readonly id: string;
  readonly event: DriftVerdictEvent;
  readonly verdict: WindowVerdict;
  readonly decision: EvidenceDecision;
}

/** Request for a retraining. It is sent to `retraining.requested` with the event id `id`. */
export interface RetrainingOutput {
  readonly kind: 'retraining';
  readonly id: string;
  readonly event: RetrainingRequested;
}

/** Live performance of a window with complete labels. Only for metrics and logs; the next verdict contains it. */
export interface PerformanceOutput {
  readonly kind: 'performance';
  readonly model: string;
  readonly version: string;
  readonly report: PerformanceReport;
}

/**
 * Fault of one version's reference or state. Drift of this version is no longer evaluated; the other versions are not
 * affected. Only for metrics and logs.
 */
export interface FailureOutput {
  readonly kind: 'failure';
  readonly model: string;
  readonly version: string;
  readonly error: Error;
}

/** Results of the monitor, in order. Ids are derived from the input, so the same rows give the same ids. */
export type MonitorOutput = VerdictOutput | RetrainingOutput | PerformanceOutput | FailureOutput;
