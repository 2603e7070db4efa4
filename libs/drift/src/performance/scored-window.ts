import { packNumbers, unpackNumbers } from '../packed-numbers.js';
import { type FraudLabel, takesPrecedence } from './label-truth.js';
import type { MaturedWindow } from './performance-report.js';

const UNKNOWN = -1;

/** Stored form of {@link ScoredWindow}. */
export interface ScoredWindowJson {
  readonly startMs: number;
  readonly ids: string;
  readonly scores: string;
  readonly labels: string;
  readonly labelledAt: string;
  /** Absent in format 1: the threshold decides. */
  readonly flagged?: string;
}

/** Scores of one event-time window and their labels so far, about 100 bytes per transaction. */
export class ScoredWindow {
  readonly #places = new Map<number, number>();
  readonly #scores: number[] = [];
  /** Source rank × 2 + (fraud ? 1 : 0), or UNKNOWN. */
  readonly #labels: number[] = [];
  readonly #labelledAt: number[] = [];
  /** 1 if the scorer's decision was fraud, else 0. */
  readonly #flagged: number[] = [];

  constructor(readonly startMs: number) {}

  get size(): number {
    return this.#scores.length;
  }

  has(id: number): boolean {
    return this.#places.has(id);
  }

  /** @param isFlagged whether the scorer decided that the transaction is a fraud */
  addScore(id: number, score: number, isFlagged: boolean): void {
    this.#places.set(id, this.#scores.length);
    this.#scores.push(score);
    this.#labels.push(UNKNOWN);
    this.#labelledAt.push(Infinity);
    this.#flagged.push(isFlagged ? 1 : 0);
  }

  /** Keeps the label that takes precedence, see {@link takesPrecedence}. */
  setLabel(id: number, label: FraudLabel): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    const known = this.#labelAt(place);
    if (known !== undefined && !takesPrecedence(label, known)) return;
    this.#labels[place] = label.sourceRank * 2 + (label.isFraud ? 1 : 0);
    this.#labelledAt[place] = label.labelledAtMs;
  }

  /** Scores and labels in order of arrival. A transaction without a label by `maturedAtMs` counts as genuine. */
  mature(maturedAtMs: number): Pick<MaturedWindow, 'scores' | 'flagged' | 'labels' | 'labelled'> {
    const isLabelled = this.#labels.map(
      (label, i) => label !== UNKNOWN && (this.#labelledAt[i] as number) <= maturedAtMs,
    );
    return {
      scores: Float64Array.from(this.#scores),
      flagged: Uint8Array.from(this.#flagged),
      labels: Uint8Array.from(this.#labels, (label, i) => (isLabelled[i] && label % 2 === 1 ? 1 : 0)),
      labelled: isLabelled.filter(Boolean).length,
    };
  }

  toJson(): ScoredWindowJson {
    return {
      startMs: this.startMs,
      ids: packNumbers(Float64Array.from(this.#places.keys())),
      scores: packNumbers(Float64Array.from(this.#scores)),
      labels: packNumbers(Float64Array.from(this.#labels)),
      labelledAt: packNumbers(Float64Array.from(this.#labelledAt)),
      flagged: packNumbers(Float64Array.from(this.#flagged)),
    };
  }

  /** @param threshold decides whether a score was flagged, if the decision is not stored */
  static fromJson(json: ScoredWindowJson, threshold: number): ScoredWindow {
    const window = new ScoredWindow(json.startMs);
    const scores = unpackNumbers(json.scores);
    const labels = unpackNumbers(json.labels);
    const labelledAt = unpackNumbers(json.labelledAt);
    const flagged = json.flagged === undefined ? undefined : unpackNumbers(json.flagged);
    unpackNumbers(json.ids).forEach((id, i) => {
      const score = scores[i] as number;
      window.addScore(id, score, flagged === undefined ? score >= threshold : flagged[i] === 1);
      window.#labels[i] = labels[i] as number;
      window.#labelledAt[i] = labelledAt[i] as number;
    });
    return window;
  }

  #labelAt(place: number): FraudLabel | undefined {
    const code = this.#labels[place] ?? UNKNOWN;
    if (code === UNKNOWN) return undefined;
    return { isFraud: code % 2 === 1, labelledAtMs: this.#labelledAt[place] as number, sourceRank: code >> 1 };
  }
}
