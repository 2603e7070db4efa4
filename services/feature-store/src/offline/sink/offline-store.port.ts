import { type LabelSource } from '@fraudflow/core';
import type { Transaction } from '@fraudflow/contracts';

/** A position in a topic's log. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A transaction with the features it was served with. */
export interface FeatureRow extends Transaction {
  /** The amount in minor units of the base currency; undefined if that is the currency. */
  readonly baseAmountMinor?: number | undefined;
  /** The transaction was too late for its entities' windows, so its features do not count it. */
  readonly isLate?: boolean;
  readonly featureServiceVersion: number;
  /** Names of the features that the row was served with; rows of one service share the array. */
  readonly names: readonly string[];
  /** Their values; NaN = missing. */
  readonly vector: Float64Array;
  /** Position in `features.by-terminal`, which orders the transactions and labels of a terminal. */
  readonly log: LogPlace;
  /** Position in `transactions.validated`, which orders a customer's transactions; undefined if unknown. */
  readonly origin: LogPlace | undefined;
}

/** A label of a transaction. */
export interface LabelRow {
  readonly transactionId: string;
  readonly isFraud: boolean;
  readonly labelledAtMs: number;
  readonly source: LabelSource;
  readonly customerId: string;
  readonly terminalId: string;
  readonly occurredAtMs: number;
  /** Position in `features.by-terminal`. */
  readonly log: LogPlace;
}

/**
 * The offsets [from, next) of a partition's rows. The stored offset moves from `from` to `next` when they are written.
 */
export interface OffsetMove {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly next: number;
}

/** The rows of one partition and the move of its offset. */
export interface PartitionLoad {
  readonly move: OffsetMove;
  readonly features: readonly FeatureRow[];
  readonly labels: readonly LabelRow[];
}

/** The content of a load, which is written completely or not at all. */
export type OfflineLoad = readonly PartitionLoad[];

/** A row that the store refuses permanently, stored separately with the reason. */
export interface SetAsideRow {
  readonly table: 'feature_rows' | 'labels';
  readonly transactionId: string;
  readonly log: LogPlace;
  readonly reason: string;
}

/** Writes the history: transactions with the features they were served with, and labels, each exactly once. */
export abstract class OfflineStore {
  /**
   * Writes rows and moves offsets in one transaction. Rows that the store refuses permanently are set aside in the same
   * transaction.
   * @returns the rows that were set aside; usually none
   * @throws AppError conflict (OFFSET_MOVED, details: topic and partition) if another worker has moved an offset;
   * nothing was written. Retry the load after any other error.
   */
  abstract load(load: OfflineLoad): Promise<readonly SetAsideRow[]>;
  /** The stored next offset of a partition; 0 if there is none. */
  abstract nextOffset(topic: string, partition: number): Promise<number>;
  /** Transactions by id; unknown ids are left out. */
  abstract findTransactions(ids: readonly string[]): Promise<readonly Transaction[]>;
  /** Event time of the newest transaction, ms; undefined if there is none. */
  abstract newestEventMs(): Promise<number | undefined>;
  /** The newest transactions by event time, newest first, at most `limit`. */
  abstract newestTransactions(limit: number): Promise<readonly NewestTransaction[]>;
}

export interface NewestTransaction {
  readonly transactionId: string;
  readonly occurredAtMs: number;
}
