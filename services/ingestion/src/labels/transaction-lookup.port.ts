import type { TransactionKeys } from './canonical-label.js';

/** Finds the entity keys and times of transactions by id. */
export abstract class TransactionLookup {
  /**
   * @param transactionIds at most 10,000.
   * @returns the found ones by id; an id that is not in the map is not known yet.
   * @throws AppError unavailable or timeout: try again.
   */
  abstract find(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>>;

  /** Like `find`, for a check that may be left out: never throws, answers within a second, with what it could find. */
  abstract findIfPossible(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>>;
}
