import type { Answer, AnswerListener } from '../request/predict.service.js';
import type { TransactionInHand } from '../request/transaction-in-hand.js';

/**
 * `unmatched`: the stream's record had not come here when the request's vector was given up; `other_transaction`: the stream had
 * another transaction under the same id, so that their features say nothing about skew.
 */
export type SkewResult = 'equal' | 'different' | 'unmatched' | 'other_transaction';

/** What makes two transactions of one id the same. */
export type SkewTransaction = Pick<
  TransactionInHand,
  'transactionId' | 'occurredAtMs' | 'customerId' | 'terminalId' | 'amountMinor'
>;

export interface SkewEvents {
  /** @param maxAbsDifference largest difference of a feature; NaN where only one side is missing it; 0 for equal and unmatched. */
  skewMeasured(result: SkewResult, maxAbsDifference: number): void;
}

interface Asked {
  readonly transaction: SkewTransaction;
  readonly vector: Float64Array;
}

/**
 * Compares the features a request was answered with to those the stream computed for the same transaction. Vectors wait in
 * a bounded window, oldest out first.
 */
export class SkewMeter implements AnswerListener {
  private readonly waiting = new Map<string, Asked>();

  constructor(
    private readonly capacity: number,
    private readonly events: SkewEvents,
  ) {}

  /** Whether a stream record is worth comparing: spares the stream building vectors nobody waits for. */
  isWaitingFor(transactionId: string): boolean {
    return this.waiting.has(transactionId);
  }

  answered({ transaction, vector }: Answer): void {
    if (!transaction || this.capacity === 0) return;
    const { transactionId } = transaction;
    if (this.waiting.delete(transactionId)) {
      // A repeated request counts once, with its newest answer.
    } else if (this.waiting.size >= this.capacity) this.dropOldest();
    this.waiting.set(transactionId, { transaction, vector });
  }

  /** The stream's vector of a transaction. */
  streamed(transaction: SkewTransaction, vector: Float64Array): void {
    const asked = this.waiting.get(transaction.transactionId);
    if (!asked) return;
    this.waiting.delete(transaction.transactionId);
    if (!isSame(asked.transaction, transaction)) return this.events.skewMeasured('other_transaction', 0);
    const difference = maxAbsDifference(asked.vector, vector);
    this.events.skewMeasured(difference === 0 ? 'equal' : 'different', difference);
  }

  private dropOldest(): void {
    for (const oldest of this.waiting.keys()) {
      this.waiting.delete(oldest);
      return this.events.skewMeasured('unmatched', 0);
    }
  }
}

function isSame(a: SkewTransaction, b: SkewTransaction): boolean {
  return (
    a.occurredAtMs === b.occurredAtMs &&
    a.amountMinor === b.amountMinor &&
    a.customerId === b.customerId &&
    a.terminalId === b.terminalId
  );
}

/** Largest |a − b|; 0 only if every slot is equal or missing on both sides; NaN if a slot is missing on one side. */
export function maxAbsDifference(a: Float64Array, b: Float64Array): number {
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? Number.NaN;
    const y = b[i] ?? Number.NaN;
    if (Number.isNaN(x) && Number.isNaN(y)) continue;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    max = Math.max(max, Math.abs(x - y));
  }
  return max;
}
