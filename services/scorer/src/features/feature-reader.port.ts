import type { RequestTransaction } from './request-transaction.js';

export interface FeatureReading {
  /** One slot per computed feature; NaN means missing. */
  readonly vector: Float64Array;
  /** True if a state behind this reading is lost or not built yet: windows may count too few transactions. */
  readonly isStale: boolean;
}

/**
 * Computes the features of a request's transaction, equal to those the stream computes when the transaction arrives.
 */
export abstract class FeatureReader {
  /**
   * Features as of the transaction's time, including the transaction itself. Read-only. An unknown entity has empty
   * windows.
   * @throws AppError unavailable if the state cannot be read.
   */
  abstract read(transaction: RequestTransaction): Promise<FeatureReading>;
}
