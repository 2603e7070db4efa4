import { asError } from '@fraudflow/core';
import type { JoinCounters, ReferenceProfileJson } from '@fraudflow/drift';
import { FollowedVersions, type FollowedVersionsJson } from './followed-versions.js';
import { InputPositions, type MonitorInput } from '../counting/input-positions.js';
import { evidenceDigest, type MonitorOptions, monitorDigest } from './monitor-options.js';
import type { AheadRows, MonitorTimes } from '../counting/monitor-progress.js';
import type { MonitorOutput } from './monitor-output.js';
import type { LabelRow, ScoredRow } from '../counting/monitor-row.js';
import { ServingVersions, type ServingVersionsJson } from './serving-versions.js';
import type { RowOutcome, VersionIdentity, VersionMonitor } from './version-monitor.js';
import { PendingLabels, type PendingLabelsJson } from '../labels/pending-labels.js';
import { Watermark, type WatermarkJson } from '../counting/watermark.js';

/** Stored form of {@link MonitorState}: state and positions together. Plain JSON. */
export interface MonitorStateJson extends FollowedVersionsJson {
  readonly format: typeof STATE_FORMAT;
  readonly digest: string;
  /** Absent in older checkpoints. */
  readonly evidenceDigest?: string;
  readonly offsets: Readonly<Record<string, number>>;
  readonly watermark: WatermarkJson;
  readonly production: readonly (readonly [model: string, version: string])[];
  /** Absent in older checkpoints. */
  readonly serving?: ServingVersionsJson;
  readonly waiting: PendingLabelsJson;
  readonly outcomes: Readonly<Record<RowOutcome, number>>;
}

const STATE_FORMAT = 'fraudflow.drift-monitor/1';

const NO_ROWS: Record<RowOutcome, number> = {
  judged: 0,
  late: 0,
  refused: 0,
  unscored: 0,
  unprofiled: 0,
  before_reference: 0,
};

/**
 * The complete state of the monitor: a deterministic function of the records, which are added in order per partition.
 *
 * It has no clock and does no I/O. Rows below a partition's position are ignored, so a repeated batch has no effect.
 * The order of batches between partitions does not change a verdict, except that it determines which rows are late.
 */
export class MonitorState {
  readonly digest: string;
  #watermark: Watermark;
  #pending: PendingLabels;
  /** Numbers of the last closed and matured window. Not stored, because a repeated advance has no effect. */
  #boundaries = { closed: -Infinity, matured: -Infinity };
  #outcomes = { ...NO_ROWS };
  #positions = new InputPositions();
  #followed: FollowedVersions;
  readonly #production = new Map<string, string>();
  readonly #serving = new ServingVersions();

  constructor(readonly options: MonitorOptions) {
    this.digest = monitorDigest(options);
    this.#watermark = new Watermark(options);
    this.#pending = new PendingLabels(options);
    this.#followed = new FollowedVersions(options);
  }

  /** Progress of event time in ms since the epoch; -Infinity before the first row. */
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

  /** Rows that were too far ahead to advance event time. */
  get ahead(): AheadRows {
    const { aheadRows: rows, newestAheadMs: newestMs, jumpVotes: votes, jumps } = this.#watermark;
    return { rows, newestMs, votes, jumps };
  }

  get unmatchedLabels(): number {
    return this.#pending.unmatched;
  }

  /** Labels that became available after their window had matured. */
  get lateLabels(): number {
    return this.joinCounters.reduce((sum, { lateLabels }) => sum + lateLabels, this.#pending.late);
  }

  get pendingLabels(): number {
    return this.#pending.size;
  }

  /** Counters of the joins of scores and labels, one per monitored version. */
  get joinCounters(): readonly JoinCounters[] {
    return this.versions.map(({ joinCounters }) => joinCounters);
  }

  /** The monitored versions, sorted by model and version. */
  get versions(): readonly VersionMonitor[] {
    return this.#followed.sorted();
  }

  /** Next offset to read; undefined if the partition was never read. */
  nextOffset(input: MonitorInput, partition: number): number | undefined {
    return this.#positions.of(input, partition);
  }

  /** Advances the position past records that the monitor does not use. */
  moveTo(input: MonitorInput, partition: number, nextOffset: number): void {
    this.#positions.moveTo(input, partition, nextOffset);
  }

  /** Replaces a position that is not in the log, for example after the topic was created again. */
  resetTo(input: MonitorInput, partition: number, nextOffset: number): void {
    this.#positions.resetTo(input, partition, nextOffset);
  }

  /** The version that scores the stream, determined from the scored rows; undefined before the first. */
  servingOf(model: string): string | undefined {
    return this.#serving.of(model);
  }

  /**
   * The version in the registry's stage Production, for display; the scorer may have refused it. Undefined if unknown.
   */
  productionOf(model: string): string | undefined {
    return this.#production.get(model);
  }

  /** @param version undefined if the model no longer has one. */
  setProduction(model: string, version: string | undefined): void {
    this.#production.set(model, version ?? '');
  }

  /** True if the version is monitored, with or without a profile. */
  isMonitored(model: string, version: string): boolean {
    return this.#followed.get(model, version) !== undefined;
  }

  /** True if drift of the version can be evaluated. */
  hasProfile(model: string, version: string): boolean {
    return this.#followed.get(model, version)?.hasProfile === true;
  }

  /**
   * Sets the reference profile of a version. Adds the version if it is new.
   * @throws AppError invalid_input for a malformed profile.
   */
  loadProfile(identity: VersionIdentity, profile: ReferenceProfileJson): void {
    const version = this.#followed.follow(identity);
    if (!version.hasProfile) version.attachProfile(profile, this.#closableMs());
  }

  /**
   * Adds rows of one partition, in offset order.
   * @param outputs receives each output when it is due; it is complete even if this method throws.
   * @returns `outputs`.
   */
  addScores(partition: number, rows: readonly ScoredRow[], outputs: MonitorOutput[] = []): MonitorOutput[] {
    const fromOffset = this.nextOffset('scores', partition) ?? 0;
    for (const row of rows) {
      if (row.offset < fromOffset) continue;
      this.moveTo('scores', partition, row.offset + 1);
      this.#outcomes[this.#addScore(partition, row)] += 1;
      // After each row, so that the result does not depend on the batch boundaries.
      if (this.#hasBoundaryPassed()) this.#advance((output) => outputs.push(output));
    }
    return outputs;
  }

  /** Adds labels of one partition, in offset order. */
  addLabels(partition: number, labels: readonly LabelRow[]): void {
    const fromOffset = this.nextOffset('labels', partition) ?? 0;
    for (const label of labels) {
      if (label.offset < fromOffset) continue;
      let isJoined = false;
      for (const version of this.#followed.all()) {
        if (version.mayHold(label.eventAtMs) && version.label(label)) isJoined = true;
      }
      if (!isJoined) this.#pending.add(label);
      this.moveTo('labels', partition, label.offset + 1);
    }
  }

  toJson(): MonitorStateJson {
    return {
      format: STATE_FORMAT,
      digest: this.digest,
      evidenceDigest: evidenceDigest(this.options),
      offsets: this.#positions.toJson(),
      watermark: this.#watermark.toJson(),
      ...this.#followed.toJson(),
      production: [...this.#production],
      serving: this.#serving.toJson(),
      waiting: this.#pending.toJson(),
      outcomes: this.#outcomes,
    };
  }

  /**
   * Restores a checkpoint. If the settings have changed but the window length has not, open windows and the label join
   * are kept, and the evidence is reset only if its own settings changed. With another window length only positions,
   * watermark, serving versions, cooldowns, counters and pending labels are kept.
   */
  static fromJson(json: MonitorStateJson, options: MonitorOptions): MonitorState {
    const state = new MonitorState(options);
    state.#positions = InputPositions.fromJson(json.offsets);
    for (const [model, version] of json.production) state.#production.set(model, version);
    state.#serving.restore(json.serving);
    state.#pending = PendingLabels.fromJson(json.waiting, options);
    state.#watermark = Watermark.fromJson(json.watermark, options);
    if (json.format !== STATE_FORMAT) return state;
    const keepsEvidence = json.digest === state.digest || json.evidenceDigest === evidenceDigest(options);
    state.#outcomes = { ...NO_ROWS, ...json.outcomes };
    state.#followed = FollowedVersions.fromJson(json, options, keepsEvidence);
    return state;
  }

  #addScore(partition: number, row: ScoredRow): RowOutcome {
    if (!Number.isFinite(row.eventAtMs) || !isObject(row.features)) return 'refused';
    this.#watermark.observe(partition, row.eventAtMs);
    if (row.isChampion) this.#serving.observe(row.model, row.version);
    if (!Number.isFinite(row.probability)) return 'unscored';
    this.#followed.coverageOf(row.model).add(row.eventAtMs);
    const version = this.#followed.follow(row);
    const outcome = version.add(row);
    const label = this.#pending.take(row.transactionId);
    if (label !== undefined) version.label(label);
    return outcome;
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

  #advance(emit: (output: MonitorOutput) => void): void {
    const closableMs = this.#closableMs();
    const maturableMs = this.#maturableMs();
    const { labelHorizonMs, windowMs } = this.options;
    for (const version of this.versions) {
      try {
        version.advance(closableMs, maturableMs, (output) => this.#isPermitted(output) && emit(output));
      } catch (thrown) {
        // A fault of one version's reference must not prevent the evaluation of the others.
        version.detachProfile();
        const { model, version: number } = version.identity;
        emit({ kind: 'failure', model, version: number, error: asError(thrown) });
      }
    }
    this.#followed.removeUpTo(closableMs);
    this.#pending.expireBefore(maturableMs - labelHorizonMs - windowMs);
  }

  /**
   * Permits a retraining request only for the serving version. The request starts the cooldown of all versions of the
   * model.
   */
  #isPermitted(output: MonitorOutput): boolean {
    if (output.kind !== 'retraining') return true;
    const { model_name: model, model_version: version, requested_at: requestedAt } = output.event;
    if ((this.servingOf(model) ?? version) !== version) return false;
    this.#followed.requestMade(model, Date.parse(requestedAt));
    return true;
  }

  #maturableMs(): number {
    return this.#watermark.valueMs - this.options.labelGraceMs;
  }

  #closableMs(): number {
    return this.#watermark.valueMs - this.options.latenessMs;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
