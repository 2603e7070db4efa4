import type { RetrainingRequested } from '@fraudflow/contracts';
import type { EvidenceDecision, PerformanceReport, RetrainingRequest, WindowVerdict } from '@fraudflow/drift';
import { instant } from './verdict.mapper.js';

const REQUESTED_BY = 'drift-monitor';

/** Adds a window's evidence to the request. */
export function toDriftRequest(
  request: RetrainingRequest,
  verdict: WindowVerdict,
  decision: EvidenceDecision,
): RetrainingRequested {
  const psiOf = new Map(verdict.features.map(({ name, psi }) => [name, psi]));
  return {
    ...common(request, request.id),
    evidence: {
      input_log10: decision.input.log10,
      score_log10: decision.score.log10,
      threshold_log10: decision.input.thresholdLog10,
      features: request.features.map((name) => ({ name, psi: psiOf.get(name) ?? null })),
      score_psi: verdict.score.psi,
      rows: verdict.n,
    },
  };
}

/** Adds a matured window's metrics. A window can request a retraining for either reason, so the id has a suffix. */
export function toPerformanceRequest(request: RetrainingRequest, report: PerformanceReport): RetrainingRequested {
  return {
    ...common(request, `${request.id}-performance`),
    evidence: {
      metrics: request.metrics.map((name) => ({ name, ...report[name] })),
      rows: report.n,
      frauds: report.frauds,
    },
  };
}

function common(request: RetrainingRequest, id: string): Omit<RetrainingRequested, 'evidence'> {
  return {
    request_id: id,
    model_name: request.model,
    model_version: request.version,
    reason: request.reason,
    requested_by: REQUESTED_BY,
    requested_at: instant(request.requestedAtMs),
    // Event time of the decision: the window's end for drift, the maturity of the labels for performance.
    data_until: instant(request.requestedAtMs),
    window_start: instant(request.windowStartMs),
    window_end: instant(request.windowEndMs),
  };
}
