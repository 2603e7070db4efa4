import { failedPrecondition, invalidInput } from '@fraudflow/core';
import { hashText } from '../content-hash.js';
import { type FraudLabel, takesPrecedence } from './label-truth.js';
import { type PerformanceReport, performanceReport } from './performance-report.js';
import { ScoredWindow, type ScoredWindowJson } from './scored-window.js';

/** Options for joining scores and labels. */
export interface LivePerformanceOptions {
  /** Length of a tumbling window of transaction event time. */
  readonly sizeMs: number;
  /** Time after a window's end by which its frauds are known. Transactions without a label then count as genuine. */
  readonly labelHorizonMs: number;
  /** Scores at or above it are fraud decisions, unless the score has an explicit decision. */
  readonly threshold: number;
  /**
   * Maximum number of scored transactions in memory. Above it the oldest window is dropped and counted. Default
   * 1 000 000.
   */
  readonly maxScores?: number;
  /**
   * Maximum number of pending labels, whose transactions are not scored yet. Above it the oldest is dropped. Default
   * 100 000.
   */
  readonly maxPendingLabels?: number;
}

/** Counters of joined, repeated, late and dropped scores and labels since the start. */
export interface JoinCounters {
  readonly joined: number;
  readonly duplicateScores: number;
  /** Scores of windows that had already matured or been dropped. */
  readonly lateScores: number;
  readonly droppedScores: number;
  readonly droppedLabels: number;
  /**
   * Labels that became available after their window had matured: the report counts these transactions as unlabelled.
   */
  readonly lateLabels: number;
}

/** A label with the time of its transaction. */
export interface TransactionLabel extends FraudLabel {
  /** Event time of the transaction, ms since the epoch. */
  readonly eventAtMs: number;
}

const NO_COUNTS: JoinCounters = {
  joined: 0,
  duplicateScores: 0,
  lateScores: 0,
  droppedScores: 0,
  droppedLabels: 0,
  lateLabels: 0,
};

/** Stored form of {@link LivePerformance}. */
export interface LivePerformanceJson {
  readonly format: typeof PERFORMANCE_FORMAT | typeof FORMAT_WITHOUT_SOURCES;
  readonly sizeMs: number;
  readonly maturedUpToMs: number | null;
  readonly counters: JoinCounters;
  readonly windows: readonly ScoredWindowJson[];
  readonly waiting: readonly (readonly [number, PendingLabel])[];
}

/** `sourceRank` is absent in format 1; its labels count as labels of the most trusted source. */
type PendingLabel = Omit<FraudLabel, 'sourceRank'> & { readonly sourceRank?: number };

const PERFORMANCE_FORMAT = 'fraudflow.live-performance/2';
const FORMAT_WITHOUT_SOURCES = 'fraudflow.live-performance/1';

/**
 * Joins scores with labels of one model version and reports each window once its labels are complete.
 *
 * Scores and labels may arrive in any order. A label counts only if it was available by the window's maturity, so fast
 * and slow replays give the same reports. It has no clock; the two maxima bound its memory.
 */
export class LivePerformance {
  readonly #windows = new Map<number, ScoredWindow>();
  readonly #pending = new Map<number, FraudLabel>();
  readonly #maxScores: number;
  readonly #maxPending: number;
  #counters = { ...NO_COUNTS };
  #held = 0;
  #maturedUpToMs = -Infinity;

  /** @throws AppError invalid_input for a size or bound below 1, or a negative horizon */
  constructor(readonly options: LivePerformanceOptions) {
    if (!(options.sizeMs >= 1)) throw invalidInput('the window size must be at least 1 ms', { field: 'sizeMs' });
    if (!(options.labelHorizonMs >= 0))
      throw invalidInput('the label horizon must be at least 0', { field: 'labelHorizonMs' });
    this.#maxScores = options.maxScores ?? 1_000_000;
    this.#maxPending = options.maxPendingLabels ?? 100_000;
    if (!(this.#maxScores >= 1) || !(this.#maxPending >= 1)) throw invalidInput('the bounds must be at least 1');
  }

  get counters(): JoinCounters {
    return { ...this.#counters };
  }

  /** Current number of scored transactions and pending labels. */
  get held(): { readonly scores: number; readonly pendingLabels: number } {
    return { scores: this.#held, pendingLabels: this.#pending.size };
  }

  /**
   * Adds a score.
   * @param isFlagged the decision at scoring time; the policy may change while a version serves.
   * @throws AppError invalid_input for a score or time that is not finite.
   */
  // oxlint-disable-next-line max-params -- the hot path allocates nothing for a row
  addScore(transactionId: string, score: number, eventAtMs: number, isFlagged = score >= this.options.threshold): void {
    if (!Number.isFinite(score) || !Number.isFinite(eventAtMs))
      throw invalidInput('score and event time must be finite');
    const startMs = Math.floor(eventAtMs / this.options.sizeMs) * this.options.sizeMs;
    if (startMs < this.#maturedUpToMs) {
      this.#counters.lateScores += 1;
      return;
    }
    const id = hashText(transactionId);
    const window = this.#windows.get(startMs) ?? new ScoredWindow(startMs);
    if (window.has(id)) {
      this.#counters.duplicateScores += 1;
      return;
    }
    this.#windows.set(startMs, window);
    window.addScore(id, score, isFlagged);
    this.#held += 1;
    const label = this.#pending.get(id);
    if (label !== undefined) {
      this.#pending.delete(id);
      this.#label(window, id, label);
    }
    if (this.#held > this.#maxScores) this.#dropOldest();
  }

  /**
   * Adds a label. If its transaction is not scored yet, the label stays pending. A label that became available after
   * the window's maturity is counted and has no effect. O(open windows).
   */
  addLabel(transactionId: string, label: TransactionLabel): void {
    if (this.joinLabel(transactionId, label)) return;
    if (this.#isAfterMaturity(label)) {
      this.#counters.lateLabels += 1;
      return;
    }
    const id = hashText(transactionId);
    const pending = this.#pending.get(id);
    if (pending !== undefined && !takesPrecedence(label, pending)) return;
    const { isFraud, labelledAtMs, sourceRank } = label;
    this.#pending.delete(id);
    this.#pending.set(id, { isFraud, labelledAtMs, sourceRank });
    if (this.#pending.size > this.#maxPending) this.#dropPending(this.#pending.keys().next().value);
  }

  /**
   * Like {@link addLabel}, but does not store a label of an unknown transaction.
   * @returns false if the transaction is unknown
   */
  joinLabel(transactionId: string, label: TransactionLabel): boolean {
    const id = hashText(transactionId);
    const window = this.#windowOf(id, label.eventAtMs);
    if (window === undefined) return false;
    if (this.#isAfterMaturity({ ...label, eventAtMs: window.startMs })) this.#counters.lateLabels += 1;
    else this.#label(window, id, label);
    return true;
  }

  /**
   * Reports every window that ended at least the label horizon before the watermark, oldest first, and removes it.
   * Pending labels that no window can use any more are dropped and counted. A lower watermark has no effect.
   */
  advanceTo(watermarkMs: number): PerformanceReport[] {
    const { sizeMs, labelHorizonMs, threshold } = this.options;
    const limit = Math.floor((watermarkMs - labelHorizonMs) / sizeMs) * sizeMs;
    if (limit <= this.#maturedUpToMs) return [];
    this.#maturedUpToMs = limit;
    const due = [...this.#windows.values()].filter((window) => window.startMs < limit);
    for (const window of due) this.#remove(window);
    this.#expirePending(watermarkMs);
    return due
      .sort((a, b) => a.startMs - b.startMs)
      .map((window) => {
        const windowEndMs = window.startMs + sizeMs;
        const maturedAtMs = windowEndMs + labelHorizonMs;
        const matured = window.mature(maturedAtMs);
        return performanceReport({ windowStartMs: window.startMs, windowEndMs, maturedAtMs, threshold, ...matured });
      });
  }

  toJson(): LivePerformanceJson {
    return {
      format: PERFORMANCE_FORMAT,
      sizeMs: this.options.sizeMs,
      maturedUpToMs: Number.isFinite(this.#maturedUpToMs) ? this.#maturedUpToMs : null,
      counters: this.counters,
      windows: [...this.#windows.values()].map((window) => window.toJson()),
      waiting: [...this.#pending],
    };
  }

  /** @throws AppError failed_precondition for another format or window size. */
  static fromJson(json: LivePerformanceJson, options: LivePerformanceOptions): LivePerformance {
    const isKnown = json.format === PERFORMANCE_FORMAT || json.format === FORMAT_WITHOUT_SOURCES;
    if (!isKnown || json.sizeMs !== options.sizeMs) {
      throw failedPrecondition('the performance checkpoint has another format or window size');
    }
    const performance = new LivePerformance(options);
    performance.#maturedUpToMs = json.maturedUpToMs ?? -Infinity;
    performance.#counters = { ...NO_COUNTS, ...json.counters };
    for (const stored of json.windows) {
      const window = ScoredWindow.fromJson(stored, options.threshold);
      performance.#windows.set(window.startMs, window);
      performance.#held += window.size;
    }
    for (const [id, label] of json.waiting) performance.#pending.set(id, { sourceRank: 0, ...label });
    return performance;
  }

  #windowOf(id: number, eventAtMs: number): ScoredWindow | undefined {
    const { sizeMs } = this.options;
    const expected = this.#windows.get(Math.floor(eventAtMs / sizeMs) * sizeMs);
    if (expected?.has(id) === true) return expected;
    // The label's copy of the transaction's time may differ from the transaction's own.
    return [...this.#windows.values()].find((window) => window.has(id));
  }

  #isAfterMaturity({ eventAtMs, labelledAtMs }: TransactionLabel): boolean {
    const { sizeMs, labelHorizonMs } = this.options;
    return labelledAtMs > (Math.floor(eventAtMs / sizeMs) + 1) * sizeMs + labelHorizonMs;
  }

  #label(window: ScoredWindow, id: number, label: FraudLabel): void {
    window.setLabel(id, label);
    this.#counters.joined += 1;
  }

  #remove(window: ScoredWindow): void {
    this.#windows.delete(window.startMs);
    this.#held -= window.size;
  }

  #dropOldest(): void {
    const startMs = Math.min(...this.#windows.keys());
    const window = this.#windows.get(startMs);
    if (window === undefined) return;
    this.#remove(window);
    this.#counters.droppedScores += window.size;
    this.#maturedUpToMs = Math.max(this.#maturedUpToMs, startMs + this.options.sizeMs);
  }

  /** Drops labels that are too old to belong to a transaction that is not scored yet. */
  #expirePending(watermarkMs: number): void {
    const oldest = watermarkMs - 2 * this.options.labelHorizonMs - this.options.sizeMs;
    for (const [id, label] of this.#pending) if (label.labelledAtMs < oldest) this.#dropPending(id);
  }

  #dropPending(id: number | undefined): void {
    if (id === undefined) return;
    this.#pending.delete(id);
    this.#counters.droppedLabels += 1;
  }
}
