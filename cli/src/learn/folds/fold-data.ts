import { type Fold, type FoldRows, rowsOfFold } from '@fraudflow/learning';
import type { FeatureRows, LabelledRows } from '@fraudflow/learners';
import type { History } from '../history/history.js';
import { checkColumns, checkLabels } from './check-rows.js';

/** A fold's rows with the features to learn from, checked. */
export interface FoldData {
  /** `fold 1` */
  readonly name: string;
  readonly fold: Fold;
  readonly rows: FoldRows;
  /** Training rows with the labels known at go-live. */
  readonly train: LabelledRows;
}

/**
 * Gathers a fold's training rows.
 * @throws AppError failed_precondition for a range without rows or frauds, or a column that is constant or missing
 */
export function foldData(history: History, fold: Fold, delayDays: number): FoldData {
  const name = `fold ${fold.index + 1}`;
  const rows = rowsOfFold(history, fold, delayDays);
  checkLabels(name, rows);
  const train = { ...featuresOf(history, rows.train), labels: rows.trainLabels };
  checkColumns(name, train);
  return { name, fold, rows, train };
}

/** The features of the rows with these numbers. */
export function featuresOf({ featureNames, features }: History, rows: Int32Array): FeatureRows {
  return { featureNames, features: features.gather(rows) };
}

/** Values of a column at the rows with these numbers. */
export function valuesAt(column: ArrayLike<number>, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => column[row] as number);
}
