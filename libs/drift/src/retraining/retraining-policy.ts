import { DAY_MS, failedPrecondition, invalidInput } from '@fraudflow/core';
import type { EvidenceDecision } from '../evidence/drift-evidence.js';
import type { PerformanceReport } from '../performance/performance-report.js';
import { type GuardedMetric, type RetrainingRequest, retrainingRequestId } from './retraining-request.js';

/** Conditions for a retraining request. */
export interface RetrainingOptions {
  /** Signals that must persist for reason `drift`; with `off` only performance is used. Default `input_and_score`. */
  readonly drift?: 'input_and_score' | 'input' | 'score' | 'off';
  /** Alarmed windows of each such signal (default 2) among the last `driftWindows` windows (default 4). */
  readonly driftAlarms?: number;
  readonly driftWindows?: number;
  /** Minimum values of live metrics. A window breaches one if the upper 95 % bound of the metric is below it. */
  readonly floors?: Partial<Readonly<Record<GuardedMetric, number>>>;
  /** Consecutive matured windows that must breach. Default 3. */
  readonly performanceWindows?: number;
  /** Event time after a request during which no other request is made. Default one day. */
  readonly cooldownMs?: number;
}

interface DriftMark {
  readonly input: boolean;
  readonly score: boolean;
  readonly features: readonly string[];
}

/** Stored form of {@link RetrainingPolicy}. */
export interface RetrainingPolicyJson {
  readonly format: typeof POLICY_FORMAT;
  readonly recent: readonly DriftMark[];
  readonly breaches: Partial<Readonly<Record<GuardedMetric, number>>>;
  readonly lastRequestAtMs: number | null;
}

const POLICY_FORMAT = 'fraudflow.retraining-policy/1';

/**
 * Decides when a model version should be retrained. A state machine without a clock: inputs have event times, and each
 * input gives at most one request.
 *
 * Its inputs are evidence alarms and matured performance, not p-values. One alarm or one bad window is never enough.
 */
export class RetrainingPolicy {
  readonly #options: Required<RetrainingOptions>;
  #recent: DriftMark[] = [];
  readonly #breaches = new Map<GuardedMetric, number>();
  #lastRequestAtMs = -Infinity;

  /** @throws AppError invalid_input when persistence is below 2 alarms or windows, or the cooldown is negative. */
  constructor(
    readonly model: string,
    readonly version: string,
    options: RetrainingOptions = {},
  ) {
    this.#options = {
      drift: options.drift ?? 'input_and_score',
      driftAlarms: options.driftAlarms ?? 2,
      driftWindows: options.driftWindows ?? 4,
      floors: options.floors ?? {},
      performanceWindows: options.performanceWindows ?? 3,
      cooldownMs: options.cooldownMs ?? DAY_MS,
    };
    const { driftAlarms, driftWindows, performanceWindows, cooldownMs } = this.#options;
    if (!(driftAlarms >= 2 && driftWindows >= driftAlarms && performanceWindows >= 2)) {
      throw invalidInput('persistence must be at least 2 alarms within as many windows, and 2 breaches');
    }
    if (!(cooldownMs >= 0)) throw invalidInput('the cooldown must be at least 0', { field: 'cooldownMs' });
  }

  /** Adds the evidence after one window. */
  onEvidence(decision: EvidenceDecision): RetrainingRequest | undefined {
    const features = decision.attributed.map((feature) => feature.name);
    this.#recent.push({ input: decision.input.isAlarm, score: decision.score.isAlarm, features });
    this.#recent = this.#recent.slice(-this.#options.driftWindows);
    if (!this.#isDriftPersistent()) return undefined;
    const named = [...new Set(this.#recent.flatMap((mark) => mark.features))];
    return this.#request('drift', decision, decision.windowEndMs, { features: named, metrics: [] });
  }

  /** Adds the report of one matured window. An undefined metric neither breaches its floor nor resets the count. */
  onPerformance(report: PerformanceReport): RetrainingRequest | undefined {
    for (const [metric, floor] of this.#floors()) {
      const bounded = report[metric];
      if (bounded !== null) this.#breaches.set(metric, bounded.upper < floor ? this.#breachesOf(metric) + 1 : 0);
    }
    const metrics = this.#floors()
      .map(([metric]) => metric)
      .filter((metric) => this.#breachesOf(metric) >= this.#options.performanceWindows);
    if (metrics.length === 0) return undefined;
    return this.#request('performance', report, report.maturedAtMs, { features: [], metrics });
  }

  toJson(): RetrainingPolicyJson {
    return {
      format: POLICY_FORMAT,
      recent: this.#recent,
      breaches: Object.fromEntries(this.#breaches),
      lastRequestAtMs: Number.isFinite(this.#lastRequestAtMs) ? this.#lastRequestAtMs : null,
    };
  }

  /** @throws AppError failed_precondition for another format. */
  static fromJson(
    json: RetrainingPolicyJson,
    model: string,
    version: string,
    options: RetrainingOptions = {},
  ): RetrainingPolicy {
    if (json.format !== POLICY_FORMAT) throw failedPrecondition('the policy checkpoint has another format');
    const policy = new RetrainingPolicy(model, version, options);
    policy.#recent = [...json.recent];
    policy.#lastRequestAtMs = json.lastRequestAtMs ?? -Infinity;
    for (const [metric] of policy.#floors()) policy.#breaches.set(metric, json.breaches[metric] ?? 0);
    return policy;
  }

  #isDriftPersistent(): boolean {
    const { drift, driftAlarms } = this.#options;
    const alarms = (signal: 'input' | 'score'): boolean =>
      this.#recent.filter((mark) => mark[signal]).length >= driftAlarms;
    switch (drift) {
      case 'off':
        return false;
      case 'input_and_score':
        return alarms('input') && alarms('score');
      default:
        return alarms(drift);
    }
  }

  /**
   * Starts the cooldown and clears the persistence counts. Within a cooldown they are kept, so that a request can
   * follow it.
   */
  #request(
    reason: RetrainingRequest['reason'],
    window: { readonly windowStartMs: number; readonly windowEndMs: number },
    requestedAtMs: number,
    evidence: Pick<RetrainingRequest, 'features' | 'metrics'>,
  ): RetrainingRequest | undefined {
    if (requestedAtMs - this.#lastRequestAtMs < this.#options.cooldownMs) return undefined;
    this.#lastRequestAtMs = requestedAtMs;
    this.#recent = [];
    this.#breaches.clear();
    const { windowStartMs, windowEndMs } = window;
    const id = retrainingRequestId(this.model, this.version, windowStartMs);
    return {
      id,
      model: this.model,
      version: this.version,
      reason,
      windowStartMs,
      windowEndMs,
      requestedAtMs,
      ...evidence,
    };
  }

  #floors(): [GuardedMetric, number][] {
    return Object.entries(this.#options.floors) as [GuardedMetric, number][];
  }

  #breachesOf(metric: GuardedMetric): number {
    return this.#breaches.get(metric) ?? 0;
  }
}
