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
 * The whole of what the monitor knows: a deterministic function of the records it was given, partition by partition.
 *
 * No clock, no I/O. Rows at or before a partition's position are ignored, so giving a batch twice does no harm. How the
 * partitions' batches interleave does not change a verdict, except for which rows come too late.
 */
export class MonitorState {
  readonly digest: string;
  #watermark: Watermark;
  #pending: PendingLabels;
  /** Windows closed and matured at the last advance, by number; not stored, because advancing again does nothing. */
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

  /** What was too far ahead to move event time. */
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

  /** What the joins of scores and labels counted, over the versions followed now. */
  get joinCounters(): readonly JoinCounters[] {
    return this.versions.map(({ joinCounters }) => joinCounters);
  }

  /** The versions followed, by model and version. */
  get versions(): readonly VersionMonitor[] {
    return this.#followed.sorted();
  }

  /** Next offset to read; undefined if the partition was never read. */
  nextOffset(input: MonitorInput, partition: number): number | undefined {
    return this.#positions.of(input, partition);
  }

  /** Moves past records that carry nothing for the monitor. */
  moveTo(input: MonitorInput, partition: number, nextOffset: number): void {
    this.#positions.moveTo(input, partition, nextOffset);
  }

  /** Gives a position up: the log is not the one it was taken from. */
  resetTo(input: MonitorInput, partition: number, nextOffset: number): void {
    this.#positions.resetTo(input, partition, nextOffset);
  }

  /** The version that scores the stream, determined from the scored rows; undefined before the first. */
  servingOf(model: string): string | undefined {
    return this.#serving.of(model);
  }

  /**
   * The version that the registry calls Production, for people; the scorer may have refused it. Undefined if unknown.
   */
  productionOf(model: string): string | undefined {
    return this.#production.get(model);
  }

  /** @param version undefined when the model has none any more. */
  setProduction(model: string, version: string | undefined): void {
    this.#production.set(model, version ?? '');
  }

  /** True if rows of the version are followed already, with or without a profile. */
  knows(model: string, version: string): boolean {
    return this.#followed.get(model, version) !== undefined;
  }

  /** True if rows of the version can be judged. */
  hasProfile(model: string, version: string): boolean {
    return this.#followed.get(model, version)?.hasProfile === true;
  }

  /**
   * Gives a version its reference. A version is made known by its rows or by this.
   * @throws AppError invalid_input for a malformed profile.
   */
  loadProfile(identity: VersionIdentity, profile: ReferenceProfileJson): void {
    const version = this.#followed.follow(identity);
    if (!version.hasProfile) version.attachProfile(profile, this.#closableMs());
  }

  /**
   * Takes rows of one partition in, in offset order.
   * @param outputs gets what becomes due, in order, as it becomes due: it is complete even if this throws.
   * @returns `outputs`.
   */
  addScores(partition: number, rows: readonly ScoredRow[], outputs: MonitorOutput[] = []): MonitorOutput[] {
    const fromOffset = this.nextOffset('scores', partition) ?? 0;
    for (const row of rows) {
      if (row.offset < fromOffset) continue;
      this.moveTo('scores', partition, row.offset + 1);
      this.#outcomes[this.#addScore(partition, row)] += 1;
      // Row by row, so that how the log was cut into batches changes nothing.
      if (this.#hasBoundaryPassed()) this.#advance((output) => outputs.push(output));
    }
    return outputs;
  }

  /** Takes labels of one partition in, in offset order. */
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
   * Goes on where a checkpoint left off. One made with other settings keeps what these do not touch: with the same
   * window length the open windows and the label join stay, and evidence starts afresh only if its own settings
   * changed; with another window length only positions, versions and waiting labels stay.
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
        version.advance(closableMs, maturableMs, (output) => this.#mayGoOut(output) && emit(output));
      } catch (thrown) {
        // A fault of one version's reference must not keep the others from being judged.
        version.stopJudging();
        const { model, version: number } = version.identity;
        emit({ kind: 'failure', model, version: number, error: asError(thrown) });
      }
    }
    this.#followed.forgetUpTo(closableMs);
    this.#pending.expireBefore(maturableMs - labelHorizonMs - windowMs);
  }

  /**
   * Only the version that scores can ask to be replaced; its request starts the cooldown of all versions of the model.
   */
  #mayGoOut(output: MonitorOutput): boolean {
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
