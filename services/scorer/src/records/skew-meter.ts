import type { PredictResult, PredictListener } from '../scoring/predict.service.js';
import type { RequestTransaction } from '../features/request-transaction.js';

/**
 * `unmatched`: the request's vector was evicted before the stream's record arrived. `other_transaction`: the stream had
 * another transaction under the same id, so a comparison would be meaningless.
 */
export type SkewResult = 'equal' | 'different' | 'unmatched' | 'other_transaction';

/** Fields that must be equal for two transactions with one id to be the same transaction. */
export type SkewTransaction = Pick<
  RequestTransaction,
  'transactionId' | 'occurredAtMs' | 'customerId' | 'terminalId' | 'amountMinor'
>;

export interface SkewEvents {
  /**
   * @param maxAbsDifference largest difference of a feature; NaN if a feature is missing on one side only; 0 for
   * `equal`, `unmatched` and `other_transaction`
   */
  skewMeasured(result: SkewResult, maxAbsDifference: number): void;
}

interface PendingVector {
  readonly transaction: SkewTransaction;
  readonly vector: Float64Array;
}

/**
 * Compares the features used for a request with those the stream computes for the same transaction. The vectors of
 * requests are kept in a bounded window, from which the oldest is evicted first.
 */
export class SkewMeter implements PredictListener {
  private readonly pendingVectors = new Map<string, PendingVector>();

  constructor(
    private readonly capacity: number,
    private readonly events: SkewEvents,
  ) {}

  /** True if a vector of this transaction is pending. The stream builds its vector for comparison only then. */
  isWaitingFor(transactionId: string): boolean {
    return this.pendingVectors.has(transactionId);
  }

  predicted({ transaction, vector }: PredictResult): void {
    if (!transaction || this.capacity === 0) return;
    const { transactionId } = transaction;
    if (this.pendingVectors.delete(transactionId)) {
      // A repeated request counts once, with its newest vector.
    } else if (this.pendingVectors.size >= this.capacity) this.dropOldest();
    this.pendingVectors.set(transactionId, { transaction, vector });
  }

  /** Compares the stream's vector of a transaction with the pending vector of the request, if there is one. */
  streamed(transaction: SkewTransaction, vector: Float64Array): void {
    const pending = this.pendingVectors.get(transaction.transactionId);
    if (!pending) return;
    this.pendingVectors.delete(transaction.transactionId);
    if (!isSame(pending.transaction, transaction)) return this.events.skewMeasured('other_transaction', 0);
    const difference = maxAbsDifference(pending.vector, vector);
    this.events.skewMeasured(difference === 0 ? 'equal' : 'different', difference);
  }

  private dropOldest(): void {
    for (const oldest of this.pendingVectors.keys()) {
      this.pendingVectors.delete(oldest);
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
