import type { ReferenceProfileJson } from '@fraudflow/drift';
import { type MonitorOptions, monitorDigest } from './monitor-options.js';
import type { MonitorOutput } from './monitor-output.js';
import type { LabelRow, ScoredRow } from './monitor-row.js';
import { type RowOutcome, VersionMonitor, type VersionMonitorJson } from './version-monitor.js';
import { WaitingLabels, type WaitingLabelsJson } from './waiting-labels.js';
import { Watermark, type WatermarkJson } from './watermark.js';
import { WindowCoverage, type WindowCoverageJson } from './window-coverage.js';

/** Inputs whose position is part of the state. */
export type MonitorInput = 'scores' | 'labels' | 'models';

/** How far event time has come. */
export interface MonitorTimes {
  /** Over all partitions. */
  readonly watermarkMs: number;
  /** In the foremost partition. */
  readonly newestMs: number;
  /** End of the newest closed window. */
  readonly closedUpToMs: number;
}

/** Stored form of {@link MonitorState}: state and positions together. Plain JSON. */
export interface MonitorStateJson {
  readonly format: typeof STATE_FORMAT;
  readonly digest: string;
  readonly offsets: Readonly<Record<string, number>>;
  readonly watermark: WatermarkJson;
  readonly coverage: readonly (readonly [model: string, WindowCoverageJson])[];
  readonly production: readonly (readonly [model: string, version: string])[];
  /** Event time of each model's newest request. */
  readonly requests: readonly (readonly [model: string, requestedAtMs: number])[];
  readonly waiting: WaitingLabelsJson;
  readonly versions: readonly VersionMonitorJson[];
  readonly outcomes: Readonly<Record<RowOutcome, number>>;
}

const STATE_FORMAT = 'fraudflow.drift-monitor/1';

/**
 * The whole of what the monitor knows: a deterministic function of the records it was given, partition by partition.
 *
 * No clock, no I/O. Rows at or before a partition's position are ignored, so giving a batch twice does no harm. How the
 * partitions' batches interleave does not change a verdict, except for which rows come too late.
 */
export class MonitorState {
  readonly digest: string;
  #watermark: Watermark;
  #waiting: WaitingLabels;
  /** Windows closed and matured at the last advance, by number; not stored, because advancing again does nothing. */
  #boundaries = { closed: -Infinity, matured: -Infinity };
  #outcomes: Record<RowOutcome, number> = { judged: 0, late: 0, refused: 0, unprofiled: 0, before_reference: 0 };
  readonly #offsets = new Map<string, number>();
  readonly #coverage = new Map<string, WindowCoverage>();
  readonly #production = new Map<string, string>();
  readonly #requests = new Map<string, number>();
  readonly #versions = new Map<string, VersionMonitor>();

  constructor(readonly options: MonitorOptions) {
    this.digest = monitorDigest(options);
    this.#watermark = new Watermark(options.partitions, options.idleMs);
    this.#waiting = new WaitingLabels(options.maxWaitingLabels);
  }

  /** Event time in ms since the epoch, -Infinity before the start. */
  get times(): MonitorTimes {
    const { windowMs } = this.options;
    return {
      watermarkMs: this.#watermark.valueMs,
      newestMs: this.#watermark.newestMs,
      closedUpToMs: Math.floor(this.#closableMs() / windowMs) * windowMs,
    };
  }

  get outcomes(): Readonly<Record<RowOutcome, number>> {
    return this.#outcomes;
  }

  get unmatchedLabels(): number {
    return this.#waiting.unmatched;
  }

  get waitingLabels(): number {
    return this.#waiting.size;
  }

  /** Labels joined with a score since the start, over the versions followed now. */
  get joinedLabels(): number {
    return this.versions.reduce((sum, version) => sum + version.joinedLabels, 0);
  }

  /** The versions followed, by model and version. */
  get versions(): readonly VersionMonitor[] {
    return [...this.#versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, version]) => version);
  }

  /** Next offset to read; undefined if the partition was never read. */
  nextOffset(input: MonitorInput, partition: number): number | undefined {
    return this.#offsets.get(`${input}:${partition}`);
  }

  /** Moves past records that carry nothing for the monitor. */
  moveTo(input: MonitorInput, partition: number, nextOffset: number): void {
    if (nextOffset > (this.nextOffset(input, partition) ?? -1)) this.#offsets.set(`${input}:${partition}`, nextOffset);
  }

  /** Gives a position up: the log is not the one it was taken from. */
  resetTo(input: MonitorInput, partition: number, nextOffset: number): void {
    this.#offsets.set(`${input}:${partition}`, nextOffset);
  }

  /** The version in Production; undefined while nothing is known, and then requests of any version go out. */
  productionOf(model: string): string | undefined {
    return this.#production.get(model);
  }

  /** @param version undefined when the model has none any more. */
  setProduction(model: string, version: string | undefined): void {
    this.#production.set(model, version ?? '');
  }

  /** True if rows of the version are followed already, with or without a profile. */
  knows(model: string, version: string): boolean {
    return this.#versions.has(keyOf(model, version));
  }

  /**
   * Gives a version its reference. A version is made known by its rows or by this.
   * @throws AppError invalid_input for a malformed profile.
   */
  loadProfile(identity: { model: string; version: string; threshold: number }, profile: ReferenceProfileJson): void {
    const version = this.#versionOf(identity);
    if (!version.hasProfile) version.attachProfile(profile, this.#closableMs());
  }

  /** Takes rows of one partition in, in offset order. @returns what became due, in order. */
  addScores(partition: number, rows: readonly ScoredRow[]): MonitorOutput[] {
    const fromOffset = this.nextOffset('scores', partition) ?? 0;
    const outputs: MonitorOutput[] = [];
    for (const row of rows) {
      if (row.offset < fromOffset) continue;
      this.#addScore(partition, row);
      this.moveTo('scores', partition, row.offset + 1);
      // Row by row, so that how the log was cut into batches changes nothing.
      if (this.#hasBoundaryPassed()) outputs.push(...this.#advance());
    }
    return outputs;
  }

  /** Takes labels of one partition in, in offset order. */
  addLabels(partition: number, labels: readonly LabelRow[]): void {
    const fromOffset = this.nextOffset('labels', partition) ?? 0;
    for (const label of labels) {
      if (label.offset < fromOffset) continue;
      const candidates = this.versions.filter((version) => version.mayHold(label.eventAtMs));
      if (!candidates.some((version) => version.label(label))) this.#waiting.add(label);
      this.moveTo('labels', partition, label.offset + 1);
    }
  }

  toJson(): MonitorStateJson {
    return {
      format: STATE_FORMAT,
      digest: this.digest,
      offsets: Object.fromEntries([...this.#offsets].sort(([a], [b]) => (a < b ? -1 : 1))),
      watermark: this.#watermark.toJson(),
      coverage: [...this.#coverage].map(([model, coverage]) => [model, coverage.toJson()]),
      production: [...this.#production],
      requests: [...this.#requests],
      waiting: this.#waiting.toJson(),
      versions: this.versions.map((version) => version.toJson()),
      outcomes: this.#outcomes,
    };
  }

  /**
   * Goes on where a checkpoint left off. A checkpoint made with other settings lends its positions, the versions in
   * Production and the waiting labels; windows and evidence start afresh.
   */
  static fromJson(json: MonitorStateJson, options: MonitorOptions): MonitorState {
    const state = new MonitorState(options);
    for (const [name, offset] of Object.entries(json.offsets)) state.#offsets.set(name, offset);
    for (const [model, version] of json.production) state.#production.set(model, version);
    for (const [model, requestedAtMs] of json.requests) state.#requests.set(model, requestedAtMs);
    state.#waiting = WaitingLabels.fromJson(json.waiting, options.maxWaitingLabels);
    state.#watermark = Watermark.fromJson(json.watermark, options.partitions, options.idleMs);
    if (json.format !== STATE_FORMAT || json.digest !== state.digest) return state;
    state.#outcomes = { ...json.outcomes };
    for (const [model, coverage] of json.coverage) state.#coverage.set(model, WindowCoverage.fromJson(coverage));
    for (const stored of json.versions) {
      const coverage = state.#coverageOf(stored.model);
      state.#versions.set(keyOf(stored.model, stored.version), VersionMonitor.fromJson(stored, options, coverage));
    }
    return state;
  }

  #addScore(partition: number, row: ScoredRow): void {
    if (!Number.isFinite(row.eventAtMs) || !Number.isFinite(row.probability)) {
      this.#outcomes.refused += 1;
      return;
    }
    this.#watermark.observe(partition, row.eventAtMs);
    this.#coverageOf(row.model).add(row.eventAtMs);
    const version = this.#versionOf(row);
    this.#outcomes[version.add(row)] += 1;
    const label = this.#waiting.take(row.transactionId);
    if (label !== undefined) version.label(label);
  }

  #hasBoundaryPassed(): boolean {
    this.#watermark.advance();
    const { windowMs, labelHorizonMs } = this.options;
    const closed = Math.floor(this.#closableMs() / windowMs);
    const matured = Math.floor((this.#maturableMs() - labelHorizonMs) / windowMs);
    if (closed === this.#boundaries.closed && matured === this.#boundaries.matured) return false;
    this.#boundaries = { closed, matured };
    return true;
  }

  #advance(): MonitorOutput[] {
    const closableMs = this.#closableMs();
    const maturableMs = this.#maturableMs();
    const { labelHorizonMs, windowMs } = this.options;
    const outputs = this.versions.flatMap((version) => {
      return version.advance(closableMs, maturableMs).filter((output) => this.#mayGoOut(output));
    });
    for (const coverage of this.#coverage.values()) coverage.forgetUpTo(closableMs);
    this.#waiting.expireBefore(maturableMs - labelHorizonMs - windowMs);
    return outputs;
  }

  /** Only the version in charge can ask to be replaced; its request starts the cooldown of all versions of the model. */
  #mayGoOut(output: MonitorOutput): boolean {
    if (output.kind !== 'retraining') return true;
    const { model_name: model, model_version: version, requested_at: requestedAt } = output.event;
    if ((this.productionOf(model) ?? version) !== version) return false;
    const requestedAtMs = Date.parse(requestedAt);
    this.#requests.set(model, requestedAtMs);
    for (const other of this.#versions.values()) if (other.identity.model === model) other.requestMadeAt(requestedAtMs);
    return true;
  }

  #maturableMs(): number {
    return this.#watermark.valueMs - this.options.labelGraceMs;
  }

  #closableMs(): number {
    return this.#watermark.valueMs - this.options.latenessMs;
  }

  #versionOf({ model, version, threshold }: { model: string; version: string; threshold: number }): VersionMonitor {
    const key = keyOf(model, version);
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const made = new VersionMonitor({ model, version, threshold }, this.options, this.#coverageOf(model));
    made.requestMadeAt(this.#requests.get(model) ?? -Infinity);
    this.#versions.set(key, made);
    if (this.#versions.size > this.options.maxVersions) this.#forgetMostSilent(key);
    return made;
  }

  #forgetMostSilent(kept: string): void {
    const others = [...this.#versions].filter(([key]) => key !== kept);
    const silent = others.reduce((a, b) => (b[1].newestMs < a[1].newestMs ? b : a));
    this.#versions.delete(silent[0]);
  }

  #coverageOf(model: string): WindowCoverage {
    const known = this.#coverage.get(model);
    if (known !== undefined) return known;
    const made = new WindowCoverage(this.options.windowMs);
    this.#coverage.set(model, made);
    return made;
  }
}

function keyOf(model: string, version: string): string {
  return `${model}\n${version}`;
}
