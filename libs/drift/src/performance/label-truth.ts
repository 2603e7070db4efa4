/** The label of a transaction from one source. */
export interface FraudLabel {
  readonly isFraud: boolean;
  /** Event time from which the label is available, ms since the epoch. */
  readonly labelledAtMs: number;
  /** Trust of the source, a whole number from 0, the most trusted. */
  readonly sourceRank: number;
}

/**
 * True if a label replaces another of the same transaction. The more trusted source wins. Within a source the newer
 * label wins, and of two labels with the same instant the fraud label wins. The result does not depend on the order of
 * arrival. Training sets and online features use the same rule.
 *
 * @returns false for two labels that are equal.
 */
export function takesPrecedence(label: FraudLabel, than: FraudLabel): boolean {
  if (label.sourceRank !== than.sourceRank) return label.sourceRank < than.sourceRank;
  if (label.labelledAtMs !== than.labelledAtMs) return label.labelledAtMs > than.labelledAtMs;
  return label.isFraud && !than.isFraud;
}
