import { fnv1a64 } from '@fraudflow/core';

/** Metrics that can have a floor: those with a confidence interval. */
export type GuardedMetric = 'precision' | 'recall' | 'accuracy' | 'rocAuc' | 'averagePrecision';

/** A request to the trainer for a new model. Plain JSON. */
export interface RetrainingRequest {
  /** Same model, version and window give the same id, so a repeated request is recognised. */
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly reason: 'drift' | 'performance';
  /** The window whose verdict or report triggered the request. */
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** Event time of the decision. */
  readonly requestedAtMs: number;
  /** Features named by the alarms of the persistence span, for reason `drift`. */
  readonly features: readonly string[];
  /** Metrics that stayed below their floor, for reason `performance`. */
  readonly metrics: readonly GuardedMetric[];
}

/** Deterministic id of a request: `retrain-` and 16 hexadecimal digits. */
export function retrainingRequestId(model: string, version: string, windowStartMs: number): string {
  const hash = fnv1a64(JSON.stringify([model, version, windowStartMs]));
  return `retrain-${hash.toString(16).padStart(16, '0')}`;
}
