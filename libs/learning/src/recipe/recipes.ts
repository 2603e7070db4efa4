import { invalidInput } from '@fraudflow/core';
import type { LogisticSettings, Recipe, XgboostSettings } from './recipe.js';

/** XGBoost's own defaults. */
const XGBOOST_DEFAULTS: XgboostSettings = {
  trees: 100,
  learningRate: 0.3,
  maxDepth: 6,
  subsample: 1,
  columnFraction: 1,
  minChildWeight: 1,
  treeMethod: 'exact',
  maxBin: 256,
  l2: 1,
  seed: 0,
};

const LOGISTIC: LogisticSettings = { inverseRegularisation: 1, maxIterations: 100, classWeight: 'none' };

/** The default: 38 features, ten weeks, settings as published for these features without tuning. */
export const DEFAULT_RECIPE: Recipe = {
  name: 'xgboost-38',
  featureService: 'fraud_detection_features_v2',
  trainDays: 70,
  learner: 'xgboost',
  settings: {
    ...XGBOOST_DEFAULTS,
    trees: 200,
    learningRate: 0.05,
    maxDepth: 4,
    subsample: 0.8,
    columnFraction: 0.6,
    minChildWeight: 5,
    treeMethod: 'hist',
    maxBin: 4_096,
  },
};

/**
 * Named recipes. Those of the book reproduce its figures on 15 features and one week.
 * Source: Fraud Detection Handbook, chapter 3, "Baseline fraud detection system".
 */
export const RECIPES: readonly Recipe[] = [
  DEFAULT_RECIPE,
  {
    name: 'handbook-xgboost-default',
    featureService: 'fraud_detection_features',
    trainDays: 7,
    learner: 'xgboost',
    settings: XGBOOST_DEFAULTS,
  },
  {
    name: 'handbook-logistic',
    featureService: 'fraud_detection_features',
    trainDays: 7,
    learner: 'logistic',
    settings: LOGISTIC,
  },
];

/**
 * Finds a recipe by its name.
 * @returns the recipe of {@link RECIPES}.
 * @throws AppError invalid_input with the names that exist.
 */
export function recipeNamed(name: string): Recipe {
  const found = RECIPES.find((recipe) => recipe.name === name);
  if (found !== undefined) return found;
  const names = RECIPES.map((recipe) => recipe.name).join(', ');
  throw invalidInput(`there is no learner ${JSON.stringify(name)}; there are ${names}`, { field: 'learner' });
}
