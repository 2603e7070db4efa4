import { categoryShares, type NumberKind, numericShares, type SharePair } from './shares.js';

/** Kind of a column: real numbers, whole numbers, or categories (text). */
export type ColumnKind = NumberKind | 'category';

/** Values of one column on both sides. Numeric methods drop NaN and ±Infinity of each side. */
export type ColumnSides =
  | { readonly kind: NumberKind; readonly reference: ArrayLike<number>; readonly current: ArrayLike<number> }
  | { readonly kind: 'category'; readonly reference: readonly string[]; readonly current: readonly string[] };

/** A drift method: a score of the difference between two samples of a column, and the rule that interprets it. */
export interface DriftMethod {
  /** Evidently's name of the method, unique in the list. */
  readonly name: string;
  /** Kinds of columns that the method can score. */
  readonly kinds: readonly ColumnKind[];
  readonly defaultThreshold: number;
  /** Relation of score and threshold that indicates drift: distances above the threshold, p-values below it. */
  readonly driftIf: '>=' | '<=' | '<';
  /**
   * Scores a column of one of the method's `kinds`.
   *
   * @returns the score, NaN where it is undefined.
   * @throws AppError invalid_input if a side has no value.
   */
  readonly score: (sides: ColumnSides) => number;
}

/** Score of one method on one column. */
export interface DriftScore {
  readonly method: string;
  /** NaN where the method is undefined; then `isDrifted` is false. */
  readonly score: number;
  readonly threshold: number;
  readonly isDrifted: boolean;
}

/**
 * Evidently's shares of a column: bins for numbers (see {@link numericShares}), else one share per category.
 *
 * @param sides values of both sides.
 * @returns shares of the same bins or categories on both sides, each side summing to 1.
 * @throws AppError invalid_input if a side has no value.
 */
export function sharesOf(sides: ColumnSides): SharePair {
  return sides.kind === 'category'
    ? categoryShares(sides.reference, sides.current)
    : numericShares(sides.reference, sides.current, sides.kind);
}

/**
 * Wraps a score of two numeric samples as the `score` of a method without categories.
 *
 * @param score function of the raw values of both sides and their kind.
 * @returns the `score` of a method.
 */
export function numericScore(
  score: (reference: ArrayLike<number>, current: ArrayLike<number>, kind: NumberKind) => number,
): DriftMethod['score'] {
  return (sides) => (sides.kind === 'category' ? NaN : score(sides.reference, sides.current, sides.kind));
}
