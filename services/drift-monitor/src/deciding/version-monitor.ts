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

/** Which version it is, and the scorer's threshold when it first scored. */
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
 * What happened to a row. `unprofiled` and `before_reference` rows are not judged for drift; `unscored` ones have no
 * valid probability and are judged for nothing; `refused` ones have no valid time or features, or lie too far ahead.
 */
export type RowOutcome = 'judged' | 'late' | 'refused' | 'unscored' | 'unprofiled' | 'before_reference';

/** Baseline entry of a profile: event time up to which the model's history reached, ms since the epoch. */
const DATA_UNTIL = 'data_until_ms';

/**
 * Follows one model version: its windows, its evidence, its live performance, and whether it should be trained anew.
 * Without a profile only live performance is followed. No clock; the caller provides how far event time has come.
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

  /** Rows taken in since the start. */
  get rows(): number {
    return this.#rows;
  }

  /** Names of the profile's features; empty without a profile. */
  get featureNames(): readonly string[] {
    return this.#profile?.value.features.map(({ name }) => name) ?? [];
  }

  /** What the join of scores and labels counted since the start. */
  get joinCounters(): JoinCounters {
    return this.#performance.counters;
  }

  /** Event time of the newest row; -Infinity before the first. */
  get newestMs(): number {
    return this.#spans.newestMs;
  }

  /** Standing of the evidence, for reports. */
  get evidence(): DriftEvidenceJson {
    return this.#evidence.toJson();
  }

  get openWindows(): number {
    return this.#windows?.openWindows ?? 0;
  }

  /**
   * Judges from now on by this reference. Rows of windows already closed for others are late here, too.
   * @param json the stored profile; its own name and version are overruled by the version's identity.
   * @throws AppError invalid_input for a malformed profile.
   */
  attachProfile(json: ReferenceProfileJson, closedUpToMs: number): void {
    const named = { ...json, model: this.identity.model, version: this.identity.version };
    this.#profile = { json: named, value: profileFromJson(named) };
    this.#windows = new WindowAccumulator(this.#profile.value, this.#windowOptions());
    this.#windows.closeUpTo(closedUpToMs);
  }

  /** Gives the profile up after a fault: from now on the version is followed as one without a profile. */
  stopJudging(): void {
    this.#profile = undefined;
    this.#windows = undefined;
  }

  /** A request of any version of the model starts every version's cooldown. */
  requestMadeAt(requestedAtMs: number): void {
    const { model, version } = this.identity;
    const stored = this.#policy.toJson();
    if (!((stored.lastRequestAtMs ?? -Infinity) < requestedAtMs)) return;
    const moved = { ...stored, lastRequestAtMs: requestedAtMs };
    this.#policy = RetrainingPolicy.fromJson(moved, model, version, this.options.policy);
  }

  /** Takes a scored row in. O(features · log bins). */
  add(row: ScoredRow): RowOutcome {
    this.#rows += 1;
    const dataUntilMs = this.#profile?.value.baseline[DATA_UNTIL] ?? -Infinity;
    // The model has seen this time in training: so neither drift nor hits in this period are informative.
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

  /** Joins a label with its score. @returns false if this version holds no score of that transaction. */
  label(label: PendingLabel): boolean {
    return this.#performance.joinLabel(label.transactionId, label);
  }

  /** True if a transaction of that time may be among this version's scores. */
  mayHold(eventAtMs: number): boolean {
    return this.#spans.contains(eventAtMs);
  }

  /**
   * Hands over everything due now that event time has come so far: matured windows first, then judged ones, each oldest
   * first.
   */
  advance(closableMs: number, maturableMs: number, emit: (output: MonitorOutput) => void): void {
    for (const report of this.#performance.advanceTo(maturableMs)) this.#matured(report, emit);
    for (const window of this.#windows?.closeUpTo(closableMs) ?? []) this.#judged(window, emit);
    this.#spans.forgetUpTo(closableMs);
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
   * @param place `keepsEvidence` is false if the evidence was gathered by other rules: it starts afresh; windows, label
   * join and the last request stay.
   * @throws AppError failed_precondition when the stored parts were made with another window size or format.
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

  #matured(report: PerformanceReport, emit: (output: MonitorOutput) => void): void {
    this.#lastReport = report;
    const { model, version } = this.identity;
    emit({ kind: 'performance', model, version, report });
    const request = this.#policy.onPerformance(report);
    if (request === undefined) return;
    const event = toPerformanceRequest(request, report);
    emit({ kind: 'retraining', id: event.request_id, event });
  }

  #judged(window: WindowCounts, emit: (output: MonitorOutput) => void): void {
    if (this.#profile === undefined) return;
    const raw = evaluateWindow(this.#profile.value, window, this.options.drift);
    const isWhole = this.#covered(window) >= this.options.minCoverage;
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

  #covered(window: WindowCounts): number {
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
