import type { TransactionKeys } from './canonical-label.js';

/** Finds the entity keys and times of transactions by id. */
export abstract class TransactionLookup {
  /**
   * @param transactionIds at most 10,000.
   * @returns the found ones by id; an id that is not in the map is not known yet.
   * @throws AppError unavailable or timeout: try again.
   */
  abstract find(transactionIds: readonly string[]): Promise<ReadonlyMap<string, TransactionKeys>>;
}
