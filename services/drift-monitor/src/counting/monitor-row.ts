/** A scored transaction as the monitor needs it. */
export interface ScoredRow {
  /** Position in its partition of `transactions.scored`. */
  readonly offset: number;
  readonly transactionId: string;
  readonly eventAtMs: number;
  readonly model: string;
  readonly version: string;
  /** By name; null is a missing value. */
  readonly features: Readonly<Record<string, number | null>>;
  /** 0 to 1; NaN where the scorer had no valid score. */
  readonly probability: number;
  /** Probability from which on the scorer called it a fraud, for information. */
  readonly threshold: number;
  /** Whether the scorer called it a fraud. */
  readonly isFlagged: boolean;
  /** Whether the score decided; false for a challenger, shadow or canary. */
  readonly isChampion: boolean;
}

/** A label as the monitor needs it. */
export interface LabelRow {
  /** Position in its partition of `labels.validated`. */
  readonly offset: number;
  readonly transactionId: string;
  readonly isFraud: boolean;
  /** Event time of the transaction. */
  readonly eventAtMs: number;
  /** Event time from which the label is available. */
  readonly labelledAtMs: number;
  /** Trust of the source, 0 the most trusted. */
  readonly sourceRank: number;
}
