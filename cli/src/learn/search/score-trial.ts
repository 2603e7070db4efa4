import type { NativeLearner } from '@fraudflow/learners';
import { averagePrecision } from '@fraudflow/stats';
import { featuresOf, type FoldData } from '../folds/fold-data.js';
import type { History } from '../history/history.js';
import type { XgboostRecipe } from './search-arguments.js';

/** What a trial is trained with. */
export interface TrialRun {
  readonly learner: NativeLearner;
  readonly signal: AbortSignal;
  /** @param share of the training, 0 to 1 */
  readonly onProgress: (share: number) => void;
}

/** Score of a trial on one fold. */
export interface ScoredTrial {
  /** On the test rows, 0 to 1. */
  readonly averagePrecision: number;
  /** Facts of the training, e.g. the version of the library. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Trains a recipe on a fold's training rows and ranks its test rows by the exported file. */
export async function scoreTrial(
  history: History,
  { rows, train }: FoldData,
  recipe: XgboostRecipe,
  { learner, signal, onProgress }: TrialRun,
): Promise<ScoredTrial> {
  const model = await learner.learn(recipe, train, { signal, onProgress });
  const scores = await model.score(featuresOf(history, rows.test));
  return { averagePrecision: averagePrecision(scores, rows.testLabels), parameters: model.parameters };
}
