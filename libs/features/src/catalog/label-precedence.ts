/** Properties of a label that decide its precedence among the labels of one transaction. */
export interface RankedLabel {
  /** Trust of the source, 0 the highest: see `labelSourceRank`. */
  readonly sourceRank: number;
  /** When the label became available, ms. */
  readonly labelledAtMs: number;
  readonly isFraud: boolean;
}

/**
 * Order of the labels of one transaction, the one in force first: the more trusted source, then the newer
 * `labelledAtMs`, then fraud before genuine. A source can therefore correct itself, and the order of arrival does not
 * matter. In SQL: `ORDER BY source_rank, labelled_at DESC, is_fraud DESC`.
 * @param a label; ranks are compared as numbers, times in ms
 * @param b another label of the same transaction
 * @returns < 0 if `a` takes precedence, > 0 if `b` does, 0 if they are equivalent
 */
export function compareLabels(a: RankedLabel, b: RankedLabel): number {
  if (a.sourceRank !== b.sourceRank) return a.sourceRank - b.sourceRank;
  if (a.labelledAtMs !== b.labelledAtMs) return b.labelledAtMs - a.labelledAtMs;
  return Number(b.isFraud) - Number(a.isFraud);
}
