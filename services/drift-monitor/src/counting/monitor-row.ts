/** The fields of a scored transaction that the monitor uses. */
export interface ScoredRow {
  /** Position in its partition of `transactions.scored`. */
  readonly offset: number;
  readonly transactionId: string;
  readonly eventAtMs: number;
  readonly model: string;
  readonly version: string;
  /** Feature values by name; null is a missing value. */
  readonly features: Readonly<Record<string, number | null>>;
  /** 0 to 1; NaN if the scorer had no valid score. */
  readonly probability: number;
  /** Probability at or above which the scorer classifies a transaction as fraud, for information. */
  readonly threshold: number;
  /** Whether the scorer classified it as fraud. */
  readonly isFlagged: boolean;
  /** Whether the score determined the decision; false for a challenger, shadow or canary. */
  readonly isChampion: boolean;
}

/** The fields of a label that the monitor uses. */
export interface LabelRow {
  /** Position in its partition of `labels.validated`. */
  readonly offset: number;
  readonly transactionId: string;
  readonly isFraud: boolean;
  /** Event time of the transaction. */
  readonly eventAtMs: number;
  /** Event time from which the label is available. */
  readonly labelledAtMs: number;
  /** Trust of the source; 0 is the most trusted. */
  readonly sourceRank: number;
}
