import type { LabelSource } from '@fraudflow/contracts';

/** A transaction with the features it was served with. */
export interface FeatureRow {
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly featureServiceVersion: number;
  /** In the order of the feature service. */
  readonly vector: Float64Array;
}

export interface LabelRow {
  readonly transactionId: string;
  readonly isFraud: boolean;
  readonly labelledAtMs: number;
  readonly source: LabelSource;
  readonly customerId: string;
  readonly terminalId: string;
  readonly occurredAtMs: number;
}

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

/** A row of a training set. Label 0 = genuine, or not known to be fraud at the time asked for. */
export interface TrainingRow extends FeatureRow {
  readonly label: 0 | 1;
  /** When the label became available, ms; 0 = none. */
  readonly labelledAtMs: number;
}

export interface TrainingRange {
  /** Event-time range [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Labels count if they were available by then. */
  readonly asOfMs: number;
}

/** The history: transactions, the features they were served with, and labels. */
export abstract class OfflineStore {
  /**
   * Writes rows and moves offsets in one transaction.
   * @throws AppError conflict (OFFSET_MOVED, details: topic and partition) if another worker has moved an offset: nothing was written.
   */
  abstract load(load: OfflineLoad): Promise<void>;
  /** The stored next offset of a partition; 0 if there is none. */
  abstract nextOffset(topic: string, partition: number): Promise<number>;
  abstract countRows(range: TrainingRange): Promise<number>;
  /** Rows of the range in order of event time, then transaction id, in batches. */
  abstract trainingRows(range: TrainingRange, signal: AbortSignal): AsyncIterable<readonly TrainingRow[]>;
  /** Transactions by id; unknown ids are left out. */
  abstract findTransactions(ids: readonly string[]): Promise<readonly Omit<FeatureRow, 'vector'>[]>;
  /** Event time of the newest transaction, ms; undefined if there is none. */
  abstract newestEventMs(): Promise<number | undefined>;
}
