import type { TransactionInHand } from './transaction-in-hand.js';

export interface FeatureReading {
  /** The vector of `fraud_detection_features`. */
  readonly vector: Float64Array;
  /** True if state this reading depends on is lost or not built yet: windows may count too little. */
  readonly isStale: boolean;
}

/** Reads the features of a transaction in hand: what the stream will compute when it comes. */
export abstract class FeatureReader {
  /**
   * Features as of the transaction's time, itself included; changes nothing. An entity never seen has empty windows.
   * @throws AppError unavailable if the state cannot be read.
   */
  abstract read(transaction: TransactionInHand): Promise<FeatureReading>;
}
