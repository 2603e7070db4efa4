import type { LabelRow } from './monitor-row.js';

/** Stored form of {@link WaitingLabels}. */
export interface WaitingLabelsJson {
  readonly unmatched: number;
  readonly labels: readonly (readonly [transactionId: string, isFraud: boolean, labelledAtMs: number])[];
}

export type WaitingLabel = Pick<LabelRow, 'transactionId' | 'isFraud' | 'labelledAtMs'>;

/**
 * Labels of transactions that no version has scored yet. Bounded: beyond the maximum the oldest goes and counts as
 * unmatched, as does one whose transaction can no longer come.
 */
export class WaitingLabels {
  readonly #labels = new Map<string, WaitingLabel>();
  #unmatched = 0;

  constructor(private readonly max: number) {}

  /** Labels given up since the start. */
  get unmatched(): number {
    return this.#unmatched;
  }

  get size(): number {
    return this.#labels.size;
  }

  add(label: WaitingLabel): void {
    this.#labels.delete(label.transactionId);
    this.#labels.set(label.transactionId, label);
    if (this.#labels.size <= this.max) return;
    const [oldest] = this.#labels.keys();
    if (oldest !== undefined) this.#giveUp(oldest);
  }

  /** Takes the label of a transaction out, if there is one. O(1). */
  take(transactionId: string): WaitingLabel | undefined {
    const label = this.#labels.get(transactionId);
    if (label !== undefined) this.#labels.delete(transactionId);
    return label;
  }

  /** Gives up labels that became available before the instant. */
  expireBefore(instantMs: number): void {
    for (const [id, label] of this.#labels) if (label.labelledAtMs < instantMs) this.#giveUp(id);
  }

  toJson(): WaitingLabelsJson {
    const labels = [...this.#labels.values()];
    return {
      unmatched: this.#unmatched,
      labels: labels.map(({ transactionId, isFraud, labelledAtMs }) => [transactionId, isFraud, labelledAtMs]),
    };
  }

  static fromJson(json: WaitingLabelsJson, max: number): WaitingLabels {
    const waiting = new WaitingLabels(max);
    for (const [transactionId, isFraud, labelledAtMs] of json.labels)
      waiting.add({ transactionId, isFraud, labelledAtMs });
    waiting.#unmatched = json.unmatched;
    return waiting;
  }

  #giveUp(transactionId: string): void {
    this.#labels.delete(transactionId);
    this.#unmatched += 1;
  }
}
