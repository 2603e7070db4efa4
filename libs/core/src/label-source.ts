/** Sources of fraud labels, the most trusted first. The position of a source is its rank (0 to 4). */
export const LABEL_SOURCES = ['chargeback', 'cardholder', 'analyst', 'early_warning', 'refund'] as const;

/** Name of a source of labels. */
export type LabelSource = (typeof LABEL_SOURCES)[number];

/**
 * Rank of a label's source: which of two labels of a transaction counts (docs/features.md).
 * @returns 0 (the most trusted) to 4
 */
export function labelSourceRank(source: LabelSource): number {
  return LABEL_SOURCES.indexOf(source);
}
