import type { LabelSource } from '@fraudflow/contracts';

/** A place in a topic's log. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A transaction with the features it was served with. */
export interface FeatureRow {
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** The amount in minor units of the base currency; undefined if that is the currency. */
  readonly baseAmountMinor?: number | undefined;
  /** The transaction came too late to enter its entities' windows: its features do not count it. */
  readonly isLate?: boolean;
  readonly featureServiceVersion: number;
  /** Names of the features the row was served with; rows of one service share the list. */
  readonly names: readonly string[];
  /** Their values; NaN = missing. */
  readonly vector: Float64Array;
  /** Place in `features.by-terminal`: orders the transactions and labels of a terminal as the stream saw them. */
  readonly log: LogPlace;
  /** Place in `transactions.validated`: orders a customer's transactions as the stream saw them; undefined if it is not known. */
  readonly origin: LogPlace | undefined;
}

export interface LabelRow {
  readonly transactionId: string;
  readonly isFraud: boolean;
  readonly labelledAtMs: number;
  readonly source: LabelSource;
  readonly customerId: string;
  readonly terminalId: string;
  readonly occurredAtMs: number;
  /** Place in `features.by-terminal`. */
  readonly log: LogPlace;
}

/** The keys of a stored transaction. */
export type StoredTransaction = Pick<
  FeatureRow,
  'transactionId' | 'occurredAtMs' | 'customerId' | 'terminalId' | 'amountMinor' | 'currency'
>;

/** How far a partition's rows go: rows of [from, next) are written together with the move of the stored offset. */
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

/** What a load writes, all or nothing. */
export type OfflineLoad = readonly PartitionLoad[];

/** A row that the store can never take, kept apart with the reason. */
export interface SetAsideRow {
  readonly table: 'feature_rows' | 'labels';
  readonly transactionId: string;
  readonly log: LogPlace;
  readonly reason: string;
}

/** The history's way in: transactions, the features they were served with, and labels, each once. */
export abstract class OfflineStore {
  /**
   * Writes rows and moves offsets in one transaction. Rows that the store can never take are set aside in the same transaction.
   * @returns the rows that were set aside; mostly none
   * @throws AppError conflict (OFFSET_MOVED, details: topic and partition) if another worker has moved an offset: nothing was written.
   * Any other error may pass: the same load is to be tried again.
   */
  abstract load(load: OfflineLoad): Promise<readonly SetAsideRow[]>;
  /** The stored next offset of a partition; 0 if there is none. */
  abstract nextOffset(topic: string, partition: number): Promise<number>;
  /** Transactions by id; unknown ids are left out. */
  abstract findTransactions(ids: readonly string[]): Promise<readonly StoredTransaction[]>;
  /** Event time of the newest transaction, ms; undefined if there is none. */
  abstract newestEventMs(): Promise<number | undefined>;
  /** The newest transactions by event time, newest first, at most `limit`. */
  abstract newestTransactions(limit: number): Promise<readonly NewestTransaction[]>;
}

export interface NewestTransaction {
  readonly transactionId: string;
  readonly occurredAtMs: number;
}
