import type { SimulatedTransaction } from '@fraudflow/simulator';

export interface DueLabel {
  readonly transaction: SimulatedTransaction;
  /** Event time at which the fraud becomes known, ms. */
  readonly labelledAtMs: number;
}

/** Frauds without a label so far. Transactions are added in time order, so the queue is in the order of the labels. */
export class LabelQueue {
  private waiting: DueLabel[] = [];

  constructor(private readonly delayMs: number) {}

  /** Adds a transaction. Only frauds get a label. */
  add(transaction: SimulatedTransaction): void {
    if (transaction.isFraud) this.waiting.push({ transaction, labelledAtMs: transaction.occurredAtMs + this.delayMs });
  }

  /** Removes and returns the labels until this event time, ms. */
  due(nowMs: number): readonly DueLabel[] {
    const firstLater = this.waiting.findIndex((label) => label.labelledAtMs > nowMs);
    const due = firstLater === -1 ? this.waiting : this.waiting.slice(0, firstLater);
    this.waiting = firstLater === -1 ? [] : this.waiting.slice(firstLater);
    return due;
  }

  get size(): number {
    return this.waiting.length;
  }
}
