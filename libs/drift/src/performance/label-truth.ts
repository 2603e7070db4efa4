/** What a source says about a transaction. */
export interface FraudLabel {
  readonly isFraud: boolean;
  /** Event time from which the label is available, ms since the epoch. */
  readonly labelledAtMs: number;
  /** Trust of the source, a whole number from 0, the most trusted. */
  readonly sourceRank: number;
}

/**
 * True if a label replaces another of the same transaction: the more trusted source wins; within a source the newer label,
 * and of two at the same instant the one that says fraud. The result does not depend on the order of arrival. The same rule
 * makes the labels of training sets and of the online features.
 */
export function isTruer(label: FraudLabel, than: FraudLabel): boolean {
  if (label.sourceRank !== than.sourceRank) return label.sourceRank < than.sourceRank;
  if (label.labelledAtMs !== than.labelledAtMs) return label.labelledAtMs > than.labelledAtMs;
  return label.isFraud && !than.isFraud;
}
