import { takesPrecedence } from '@fraudflow/drift';
import type { LabelRow } from '../counting/monitor-row.js';

/** Stored form of {@link PendingLabels}. */
export interface PendingLabelsJson {
  readonly unmatched: number;
  /** Absent in older checkpoints. */
  readonly late?: number;
  /** Source rank and event time are absent in older checkpoints. */
  readonly labels: readonly PendingLabelJson[];
}

type PendingLabelJson = readonly [
  transactionId: string,
  isFraud: boolean,
  labelledAtMs: number,
  sourceRank?: number,
  eventAtMs?: number,
];

export type PendingLabel = Omit<LabelRow, 'offset'>;

/** Bounds of {@link PendingLabels}. */
export interface PendingLabelsOptions {
  readonly maxWaitingLabels: number;
  readonly windowMs: number;
  readonly labelHorizonMs: number;
}

/**
 * Labels of transactions that no version has scored yet. Above the maximum the oldest label is dropped and counted as
 * unmatched, as is a label whose transaction can no longer arrive. A label that became available after the window of
 * its transaction matured is counted as late and not stored.
 */
export class PendingLabels {
  readonly #labels = new Map<string, PendingLabel>();
  #unmatched = 0;
  #late = 0;

  constructor(private readonly options: PendingLabelsOptions) {}

  /** Number of labels dropped without a match since the start. */
  get unmatched(): number {
    return this.#unmatched;
  }

  /** Number of labels that were too late to change a report, since the start. */
  get late(): number {
    return this.#late;
  }

  get size(): number {
    return this.#labels.size;
  }

  /** Adds a label; of several labels of a transaction the one that takes precedence is kept. O(1). */
  add(label: PendingLabel): void {
    const { windowMs, labelHorizonMs, maxWaitingLabels } = this.options;
    if (label.labelledAtMs > (Math.floor(label.eventAtMs / windowMs) + 1) * windowMs + labelHorizonMs) {
      this.#late += 1;
      return;
    }
    const known = this.#labels.get(label.transactionId);
    if (known !== undefined && !takesPrecedence(label, known)) return;
    this.#labels.delete(label.transactionId);
    this.#labels.set(label.transactionId, label);
    if (this.#labels.size <= maxWaitingLabels) return;
    const [oldest] = this.#labels.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  /** Removes and returns the label of a transaction, if there is one. O(1). */
  take(transactionId: string): PendingLabel | undefined {
    const label = this.#labels.get(transactionId);
    if (label !== undefined) this.#labels.delete(transactionId);
    return label;
  }

  /** Drops labels that became available before the instant. */
  expireBefore(instantMs: number): void {
    for (const [id, label] of this.#labels) if (label.labelledAtMs < instantMs) this.#drop(id);
  }

  toJson(): PendingLabelsJson {
    const labels = [...this.#labels.values()];
    return {
      unmatched: this.#unmatched,
      late: this.#late,
      labels: labels.map(({ transactionId, isFraud, labelledAtMs, sourceRank, eventAtMs }) => [
        transactionId,
        isFraud,
        labelledAtMs,
        sourceRank,
        eventAtMs,
      ]),
    };
  }

  static fromJson(json: PendingLabelsJson, options: PendingLabelsOptions): PendingLabels {
    const pending = new PendingLabels(options);
    for (const [transactionId, isFraud, labelledAtMs, sourceRank = 0, eventAtMs = labelledAtMs] of json.labels)
      pending.add({ transactionId, isFraud, labelledAtMs, sourceRank, eventAtMs });
    pending.#unmatched = json.unmatched;
    pending.#late = json.late ?? 0;
    return pending;
  }

  #drop(transactionId: string): void {
    this.#labels.delete(transactionId);
    this.#unmatched += 1;
  }
}
