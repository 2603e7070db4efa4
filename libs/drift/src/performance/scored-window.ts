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

  /** The label of the latest availability wins; of two at the same instant the later call. */
  setLabel(id: number, isFraud: boolean, labelledAtMs: number): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    const isKnown = this.#labels[place] !== UNKNOWN;
    if (isKnown && labelledAtMs < (this.#labelledAt[place] as number)) return;
    this.#labels[place] = isFraud ? 1 : 0;
    this.#labelledAt[place] = labelledAtMs;
  }

  /** Scores and labels in order of arrival; what has no label by `maturedAtMs` counts as genuine. */
  mature(maturedAtMs: number): { scores: Float64Array; labels: Uint8Array; labelled: number } {
    const isLabelled = this.#labels.map(
      (label, i) => label !== UNKNOWN && (this.#labelledAt[i] as number) <= maturedAtMs,
    );
    return {
      scores: Float64Array.from(this.#scores),
      labels: Uint8Array.from(this.#labels, (label, i) => (isLabelled[i] && label === 1 ? 1 : 0)),
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
}
