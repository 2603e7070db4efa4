import {
  DriftEvidence,
  type DriftEvidenceJson,
  evaluateWindow,
  type EvidenceDecision,
  type JoinCounters,
  LivePerformance,
  type LivePerformanceJson,
  type PerformanceReport,
  profileFromJson,
  type ReferenceProfile,
  type ReferenceProfileJson,
  RetrainingPolicy,
  type RetrainingPolicyJson,
  WindowAccumulator,
  type WindowAccumulatorJson,
  type WindowCounts,
  type WindowOptions,
  type WindowVerdict,
} from '@fraudflow/drift';
import { ignoredFeatures } from '../counting/calendar-features.js';
import { judgedOn } from './judged-verdict.js';
import { maxOpenWindows, type MonitorOptions, monitorDigest } from './monitor-options.js';
import type { MonitorOutput } from './monitor-output.js';
import type { ScoredRow } from '../counting/monitor-row.js';
import { toDriftRequest, toPerformanceRequest } from './retraining.mapper.js';
import { ObservedSpans, type ObservedSpansJson } from '../counting/observed-spans.js';
import { toVerdictEvent, verdictId } from './verdict.mapper.js';
import type { PendingLabel } from '../labels/pending-labels.js';
import type { WindowCoverage } from '../counting/window-coverage.js';

/** Model, version, and the scorer's threshold at the version's first row. */
export interface VersionIdentity {
  readonly model: string;
  readonly version: string;
  readonly threshold: number;
}

/** Stored form of {@link VersionMonitor}. */
export interface VersionMonitorJson extends VersionIdentity {
  readonly profile: ReferenceProfileJson | null;
  readonly windows: WindowAccumulatorJson | null;
  readonly evidence: DriftEvidenceJson;
  readonly policy: RetrainingPolicyJson;
  readonly performance: LivePerformanceJson;
  readonly lastReport: PerformanceReport | null;
  readonly spans: ObservedSpansJson;
  readonly reportedLateRows: number;
  readonly rows: number;
}

/**
 * Outcome of a row. `unprofiled` and `before_reference` rows are not evaluated for drift. `unscored` rows have no valid
 * probability and are not evaluated at all. `refused` rows have no valid time or features, or are too far ahead.
 */
export type RowOutcome = 'judged' | 'late' | 'refused' | 'unscored' | 'unprofiled' | 'before_reference';

/** Baseline entry of a profile: end of the model's training data, event time in ms since the epoch. */
const DATA_UNTIL = 'data_until_ms';

/**
 * Monitors one model version: windows, evidence, live performance and retraining policy. Without a profile it monitors
 * only live performance. It has no clock; the caller passes the watermark.
 */
export class VersionMonitor {
  #profile: { readonly json: ReferenceProfileJson; readonly value: ReferenceProfile } | undefined;
  #windows: WindowAccumulator | undefined;
  #evidence: DriftEvidence;
  #policy: RetrainingPolicy;
  #performance: LivePerformance;
  #lastReport: PerformanceReport | undefined;
  #spans: ObservedSpans;
  /** Reused for each row. */
  #vector = new Float64Array(0);
  #reportedLateRows = 0;
  #rows = 0;
  readonly #ignored: ReadonlySet<string>;
  readonly #digest: string;

  constructor(
    readonly identity: VersionIdentity,
    private readonly options: MonitorOptions,
    private readonly coverage: WindowCoverage,
  ) {
    this.#evidence = new DriftEvidence({ budget: options.budget });
    this.#policy = new RetrainingPolicy(identity.model, identity.version, options.policy);
    this.#performance = new LivePerformance(performanceOptions(identity, options));
    this.#spans = new ObservedSpans(options.windowMs);
    this.#ignored = ignoredFeatures(options.calendar, options.windowMs);
    this.#digest = monitorDigest(options);
  }

  get hasProfile(): boolean {
    return this.#profile !== undefined;
  }

  get lastReport(): PerformanceReport | undefined {
    return this.#lastReport;
  }

  /** Number of rows added since the start. */
  get rows(): number {
    return this.#rows;
  }

  /** Names of the profile's features; empty without a profile. */
  get featureNames(): readonly string[] {
    return this.#profile?.value.features.map(({ name }) => name) ?? [];
  }

  /** Counters of the join of scores and labels since the start. */
  get joinCounters(): JoinCounters {
    return this.#performance.counters;
  }

  /** Event time of the newest row; -Infinity before the first. */
  get newestMs(): number {
    return this.#spans.newestMs;
  }

  /** Current evidence, for reports. */
  get evidence(): DriftEvidenceJson {
    return this.#evidence.toJson();
  }

  get openWindows(): number {
    return this.#windows?.openWindows ?? 0;
  }

  /**
   * Evaluates the following rows against this reference. Rows of windows that are already closed count as late.
   * @param json the stored profile; the version's identity replaces its model and version.
   * @throws AppError invalid_input for a malformed profile.
   */
  attachProfile(json: ReferenceProfileJson, closedUpToMs: number): void {
    const named = { ...json, model: this.identity.model, version: this.identity.version };
    this.#profile = { json: named, value: profileFromJson(named) };
    this.#windows = new WindowAccumulator(this.#profile.value, this.#windowOptions());
    this.#windows.closeUpTo(closedUpToMs);
  }

  /** Removes the profile after a fault: from now on the version is monitored without drift evaluation. */
  detachProfile(): void {
    this.#profile = undefined;
    this.#windows = undefined;
  }

  /** Starts the cooldown after a request for any version of the model. */
  requestMadeAt(requestedAtMs: number): void {
    const { model, version } = this.identity;
    const stored = this.#policy.toJson();
    if (!((stored.lastRequestAtMs ?? -Infinity) < requestedAtMs)) return;
    const moved = { ...stored, lastRequestAtMs: requestedAtMs };
    this.#policy = RetrainingPolicy.fromJson(moved, model, version, this.options.policy);
  }

  /** Adds a scored row. O(features · log bins). */
  add(row: ScoredRow): RowOutcome {
    this.#rows += 1;
    const dataUntilMs = this.#profile?.value.baseline[DATA_UNTIL] ?? -Infinity;
    // The model was trained on this period, so neither drift nor live performance in it is informative.
    if (row.eventAtMs <= dataUntilMs) return 'before_reference';
    this.#performance.addScore(row.transactionId, row.probability, row.eventAtMs, row.isFlagged);
    this.#spans.add(row.eventAtMs);
    if (this.#windows === undefined) return 'unprofiled';
    const { features } = this.#windows.profile;
    const vector = this.#vector.length === features.length ? this.#vector : new Float64Array(features.length);
    this.#vector = vector;
    for (let i = 0; i < vector.length; i++) vector[i] = row.features[features[i]?.name ?? ''] ?? Number.NaN;
    const outcome = this.#windows.add(vector, row.probability, row.eventAtMs);
    return outcome === 'counted' ? 'judged' : outcome;
  }

  /** Joins a label with its score. @returns false if this version has no score of the transaction. */
  label(label: PendingLabel): boolean {
    return this.#performance.joinLabel(label.transactionId, label);
  }

  /** True if this version may have scored a transaction of that event time. */
  mayHold(eventAtMs: number): boolean {
    return this.#spans.contains(eventAtMs);
  }

  /**
   * Emits all outputs that are due: first those of matured windows, then those of closed windows, each in ascending
   * order of time.
   */
  advance(closableMs: number, maturableMs: number, emit: (output: MonitorOutput) => void): void {
    for (const report of this.#performance.advanceTo(maturableMs)) this.#onMatured(report, emit);
    for (const window of this.#windows?.closeUpTo(closableMs) ?? []) this.#onClosed(window, emit);
    this.#spans.removeUpTo(closableMs);
  }

  toJson(): VersionMonitorJson {
    return {
      ...this.identity,
      profile: this.#profile?.json ?? null,
      windows: this.#windows?.toJson() ?? null,
      evidence: this.#evidence.toJson(),
      policy: this.#policy.toJson(),
      performance: this.#performance.toJson(),
      lastReport: this.#lastReport ?? null,
      spans: this.#spans.toJson(),
      reportedLateRows: this.#reportedLateRows,
      rows: this.#rows,
    };
  }

  /**
   * @param place `keepsEvidence` is false if the settings of the evidence changed: the evidence is reset; windows,
   * label join and the last request are kept.
   * @throws AppError failed_precondition if the stored parts have another window size or format.
   */
  static fromJson(
    json: VersionMonitorJson,
    options: MonitorOptions,
    { coverage, keepsEvidence }: { readonly coverage: WindowCoverage; readonly keepsEvidence: boolean },
  ): VersionMonitor {
    const { model, version, threshold } = json;
    const restored = new VersionMonitor({ model, version, threshold }, options, coverage);
    if (json.profile !== null) {
      restored.#profile = { json: json.profile, value: profileFromJson(json.profile) };
      if (json.windows !== null) {
        const { value } = restored.#profile;
        restored.#windows = WindowAccumulator.fromJson(json.windows, value, restored.#windowOptions());
      }
    }
    if (keepsEvidence) restored.#evidence = DriftEvidence.fromJson(json.evidence, { budget: options.budget });
    if (keepsEvidence) restored.#policy = RetrainingPolicy.fromJson(json.policy, model, version, options.policy);
    restored.requestMadeAt(json.policy.lastRequestAtMs ?? -Infinity);
    restored.#performance = LivePerformance.fromJson(json.performance, performanceOptions(json, options));
    restored.#lastReport = json.lastReport ?? undefined;
    restored.#spans = ObservedSpans.fromJson(json.spans);
    restored.#reportedLateRows = json.reportedLateRows;
    restored.#rows = json.rows;
    return restored;
  }

  #onMatured(report: PerformanceReport, emit: (output: MonitorOutput) => void): void {
    this.#lastReport = report;
    const { model, version } = this.identity;
    emit({ kind: 'performance', model, version, report });
    const request = this.#policy.onPerformance(report);
    if (request === undefined) return;
    const event = toPerformanceRequest(request, report);
    emit({ kind: 'retraining', id: event.request_id, event });
  }

  #onClosed(window: WindowCounts, emit: (output: MonitorOutput) => void): void {
    if (this.#profile === undefined) return;
    const raw = evaluateWindow(this.#profile.value, window, this.options.drift);
    const isWhole = this.#coverageShare(window) >= this.options.minCoverage;
    const verdict = judgedOn(raw, this.#ignored, isWhole);
    const decision = this.#evidence.update(verdict);
    emit(this.#verdictOutput(verdict, decision));
    const request = this.#policy.onEvidence(decision);
    if (request === undefined) return;
    const event = toDriftRequest(request, verdict, decision);
    emit({ kind: 'retraining', id: event.request_id, event });
  }

  #verdictOutput(verdict: WindowVerdict, decision: EvidenceDecision): MonitorOutput {
    const lateRows = (this.#windows?.lateRows ?? 0) - this.#reportedLateRows;
    this.#reportedLateRows += lateRows;
    const performance = this.#lastReport;
    const event = toVerdictEvent({ verdict, decision, performance, lateRows, configDigest: this.#digest });
    return { kind: 'verdict', id: verdictId(verdict), event, verdict, decision };
  }

  #coverageShare(window: WindowCounts): number {
    const span = this.#spans.of(window.startMs);
    return span === undefined ? 1 : this.coverage.share(window.startMs, span.firstMs, span.lastMs);
  }

  #windowOptions(): WindowOptions {
    const { windowMs: sizeMs, sampleRows } = this.options;
    return { sizeMs, sampleRows, maxOpenWindows: maxOpenWindows(this.options) };
  }
}

function performanceOptions({ threshold }: VersionIdentity, options: MonitorOptions) {
  const { windowMs: sizeMs, labelHorizonMs, maxScores } = options;
  return { sizeMs, labelHorizonMs, threshold, maxScores };
}
