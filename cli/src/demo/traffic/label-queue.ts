import type { SimulatedTransaction } from '@fraudflow/simulator';

export interface DueLabel {
  readonly transaction: SimulatedTransaction;
  /** Event time at which the fraud becomes known, ms. */
  readonly labelledAtMs: number;
}

/** Frauds that nobody knows of yet. Transactions come in time order, so first in is first due. */
export class LabelQueue {
  private waiting: DueLabel[] = [];

  constructor(private readonly delayMs: number) {}

  /** Genuine transactions get no label, as in real life. */
  add(transaction: SimulatedTransaction): void {
    if (transaction.isFraud) this.waiting.push({ transaction, labelledAtMs: transaction.occurredAtMs + this.delayMs });
  }

  /** Takes out what has become known by this event time. */
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
