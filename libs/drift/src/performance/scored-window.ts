import { type FraudLabel, isTruer } from './label-truth.js';
import { packNumbers, unpackNumbers } from '../packed-numbers.js';

const UNKNOWN = -1;

/** Stored form of {@link ScoredWindow}. */
export interface ScoredWindowJson {
  readonly startMs: number;
  readonly ids: string;
  readonly scores: string;
  readonly labels: string;
  readonly labelledAt: string;
}

/** Scores of one event-time window and the labels known for them so far, about 100 bytes a transaction. */
export class ScoredWindow {
  readonly #places = new Map<number, number>();
  readonly #scores: number[] = [];
  /** Source rank × 2 + (fraud ? 1 : 0), or UNKNOWN. */
  readonly #labels: number[] = [];
  readonly #labelledAt: number[] = [];

  constructor(readonly startMs: number) {}

  get size(): number {
    return this.#scores.length;
  }

  has(id: number): boolean {
    return this.#places.has(id);
  }

  addScore(id: number, score: number): void {
    this.#places.set(id, this.#scores.length);
    this.#scores.push(score);
    this.#labels.push(UNKNOWN);
    this.#labelledAt.push(Infinity);
  }

  /** Keeps the truest label of a transaction, see {@link isTruer}. */
  setLabel(id: number, label: FraudLabel): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    const known = this.#labelAt(place);
    if (known !== undefined && !isTruer(label, known)) return;
    this.#labels[place] = label.sourceRank * 2 + (label.isFraud ? 1 : 0);
    this.#labelledAt[place] = label.labelledAtMs;
  }

  /** Scores and labels in order of arrival; what has no label by `maturedAtMs` counts as genuine. */
  mature(maturedAtMs: number): { scores: Float64Array; labels: Uint8Array; labelled: number } {
    const isLabelled = this.#labels.map(
      (label, i) => label !== UNKNOWN && (this.#labelledAt[i] as number) <= maturedAtMs,
    );
    return {
      scores: Float64Array.from(this.#scores),
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
    };
  }

  static fromJson(json: ScoredWindowJson): ScoredWindow {
    const window = new ScoredWindow(json.startMs);
    const scores = unpackNumbers(json.scores);
    const labels = unpackNumbers(json.labels);
    const labelledAt = unpackNumbers(json.labelledAt);
    unpackNumbers(json.ids).forEach((id, i) => {
      window.addScore(id, scores[i] as number);
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
