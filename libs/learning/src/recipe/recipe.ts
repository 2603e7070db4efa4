/** Settings of gradient-boosted trees. Unit-free unless stated; ranges are in `settings-schema.ts`. */
export interface XgboostSettings {
  /** Trees to grow (boosting rounds). */
  readonly trees: number;
  /** Factor by which each tree's values are shrunk (eta). */
  readonly learningRate: number;
  readonly maxDepth: number;
  /** Fraction of the rows that each tree sees. */
  readonly subsample: number;
  /** Fraction of the columns that each tree sees (colsample_bytree). */
  readonly columnFraction: number;
  /** Smallest sum of second derivatives in a leaf. */
  readonly minChildWeight: number;
  /** `hist` compares values by bins and suits large data, `exact` compares all values. */
  readonly treeMethod: 'hist' | 'exact';
  /** Bins per column of `hist`. */
  readonly maxBin: number;
  /** L2 regularisation of leaf values (lambda). */
  readonly l2: number;
  readonly seed: number;
}

/** Settings of logistic regression. */
export interface LogisticSettings {
  /** Inverse of the strength of the L2 penalty (scikit-learn's C). */
  readonly inverseRegularisation: number;
  readonly maxIterations: number;
  /** `balanced` gives both classes the same total weight. */
  readonly classWeight: 'none' | 'balanced';
}

interface RecipeBase {
  readonly name: string;
  /** Feature service whose features are the columns. */
  readonly featureService: string;
  /** Days of transactions in the training range. */
  readonly trainDays: number;
}

/**
 * All that is needed to train a model on given rows: what a backtest judges, and what is trained again on newer rows.
 */
export type Recipe =
  | (RecipeBase & { readonly learner: 'xgboost'; readonly settings: XgboostSettings })
  | (RecipeBase & { readonly learner: 'logistic'; readonly settings: LogisticSettings });

/**
 * XGBoost's parameters for these settings, but for the number of trees and the seed, which its training call takes.
 * @returns values by XGBoost's names, e.g. `{ eta: 0.05 }`.
 */
export function xgboostParameters(settings: XgboostSettings): Readonly<Record<string, string | number>> {
  const shared = {
    tree_method: settings.treeMethod,
    eta: settings.learningRate,
    max_depth: settings.maxDepth,
    subsample: settings.subsample,
    colsample_bytree: settings.columnFraction,
    min_child_weight: settings.minChildWeight,
    lambda: settings.l2,
  };
  return settings.treeMethod === 'hist' ? { ...shared, max_bin: settings.maxBin } : shared;
}
