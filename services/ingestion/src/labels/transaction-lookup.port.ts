import type { TransactionKeys } from './canonical-label.js';

/** Finds the entity keys and times of transactions by id. */
export abstract class TransactionLookup {
  /**
   * @param transactionIds at most 10,000
   * @returns keys by transaction id; an id that is not in the map is not known yet
   * @throws AppError unavailable or timeout; a retry may succeed
   */
  abstract find(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>>;

  /** Like `find`, for an optional check: never throws, and returns what it finds within a second. */
  abstract findIfPossible(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>>;
}
