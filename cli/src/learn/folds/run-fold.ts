import { createHash } from 'node:crypto';
import { scoreOnnx } from '@fraudflow/inference';
import {
  bootstrapByCard,
  type Costs,
  dataDigest,
  type EvaluationOptions,
  evaluateScores,
  type Fold,
  type MetricIntervals,
  type Money,
  moneyAt,
  readModelFile,
  type Recipe,
  type ScoredColumns,
} from '@fraudflow/learning';
import type { NativeLearner, NativeModel } from '@fraudflow/learners';
import type { History } from '../history/history.js';
import { countFrauds } from './check-rows.js';
import { type ChosenThreshold, chooseOnValidation } from './choose-threshold.js';
import { featuresOf, type FoldData, foldData, valuesAt } from './fold-data.js';
import { matrixSha256 } from './matrix-sha256.js';

/** Settings that all folds share. */
export interface FoldSettings {
  readonly recipe: Recipe;
  /** `name:version` of the feature service. */
  readonly featureService: string;
  readonly delayDays: number;
  /** Bootstrap resamples of each interval. */
  readonly resamples: number;
  readonly seed: number;
  readonly costs: Costs | undefined;
}

/** Part of a fold's work that is in progress. */
export type FoldStage = 'choosing the threshold' | 'training' | 'scoring' | 'computing intervals';

/** What a fold's work uses. */
export interface FoldRun {
  readonly learner: NativeLearner;
  readonly signal: AbortSignal;
  /** @param share of the stage, 0 to 1 */
  readonly onProgress: (stage: FoldStage, share: number) => void;
}

/** Counts of a fold's rows. */
export interface FoldCounts {
  readonly trainRows: number;
  readonly trainFrauds: number;
  readonly delayRows: number;
  readonly testRows: number;
  readonly testFrauds: number;
  /** Test rows and cards left out because their card was known to be compromised. */
  readonly removedRows: number;
  readonly removedCards: number;
}

/** A model's quality on the test days of one fold, and what it was made from. */
export interface FoldResult {
  readonly fold: Fold;
  readonly counts: FoldCounts;
  readonly chosen: ChosenThreshold;
  readonly metrics: MetricIntervals;
  /** Share of the frauds of each kind at or above the threshold; empty if the file does not state kinds. */
  readonly recallByScenario: Readonly<Record<string, number>>;
  /** Card precision of a ranking by the true labels: the highest that can be reached. */
  readonly perfectCardPrecision: number;
  readonly money: Money | undefined;
  /** SHA-256 of the features of the training rows, of these rows with ids and labels, and of the model file. */
  readonly sha256: { readonly trainingFeatures: string; readonly trainingData: string; readonly onnx: string };
  /** Facts of the training, e.g. the version of the library. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Cards checked a day for card precision. */
export const TOP_CARDS = 100;

/**
 * Trains a recipe on a fold's training rows with the labels known at its go-live, exports the model, and judges the
 * scores of the exported file on the fold's test rows.
 * @throws AppError failed_precondition for data that nothing can be learned from; what the learner throws
 */
export async function runFold(history: History, fold: Fold, settings: FoldSettings, run: FoldRun): Promise<FoldResult> {
  const { recipe, costs } = settings;
  const { learner, signal, onProgress } = run;
  const data = foldData(history, fold, settings.delayDays);
  const chosen = await chooseOnValidation(history, data, {
    learner,
    recipe,
    costs,
    signal,
    onProgress: (share) => onProgress('choosing the threshold', share),
  });
  const model = await learner.learn(recipe, data.train, {
    signal,
    onProgress: (share) => onProgress('training', share),
  });
  onProgress('scoring', 0);
  const exported = exportModel(history, data, { model, settings, threshold: chosen.threshold });
  const scored = await scoredTestRows(history, data, exported.bytes);
  signal.throwIfAborted();
  onProgress('computing intervals', 0);
  const options = { threshold: chosen.threshold, firstDayMs: fold.test.fromMs, topCards: TOP_CARDS };
  const { resamples, seed } = settings;
  const amounts = valuesAt(history.amounts, data.rows.test);
  return {
    fold,
    counts: countsOf(data),
    chosen,
    metrics: bootstrapByCard(scored, { ...options, resamples, seed }),
    recallByScenario: recallByScenario(scored, options),
    perfectCardPrecision: evaluateScores({ ...scored, scores: data.rows.testLabels }, options).cardPrecision,
    money: costs === undefined ? undefined : moneyAt({ ...scored, amounts }, chosen.threshold, costs),
    sha256: exported.sha256,
    parameters: model.parameters,
  };
}

/** The model file with its metadata, and the digests of what it was made from. */
function exportModel(
  history: History,
  { fold, rows, train }: FoldData,
  {
    model,
    settings,
    threshold,
  }: { readonly model: NativeModel; readonly settings: FoldSettings; readonly threshold: number },
): { readonly bytes: Uint8Array; readonly sha256: FoldResult['sha256'] } {
  const { featureService } = settings;
  const transactionIds = Array.from(rows.train, (row) => history.transactionIds[row] as string);
  const trainingData = dataDigest({ ...train, featureService, range: fold.train, transactionIds });
  const bytes = model.toOnnx({ featureService, dataDigest: trainingData, trainingRange: fold.train, threshold });
  const onnx = createHash('sha256').update(bytes).digest('hex');
  return { bytes, sha256: { trainingFeatures: matrixSha256(train.features), trainingData, onnx } };
}

/** The test rows with the scores of the exported file. */
async function scoredTestRows(history: History, { rows }: FoldData, bytes: Uint8Array): Promise<ScoredColumns> {
  const { features } = featuresOf(history, rows.test);
  return {
    scores: await scoreOnnx({ bytes, signature: readModelFile(bytes).signature }, features),
    labels: rows.testLabels,
    cardIds: valuesAt(history.cardIds, rows.test),
    occurredAtMs: valuesAt(history.occurredAtMs, rows.test),
    scenarios: valuesAt(history.scenarios, rows.test),
  };
}

function recallByScenario(scored: ScoredColumns, options: EvaluationOptions): Readonly<Record<string, number>> {
  const known = Object.entries(evaluateScores(scored, options).recallByScenario).filter(([kind]) => kind !== '0');
  return Object.fromEntries(known.toSorted(([a], [b]) => Number(a) - Number(b)));
}

function countsOf({ rows }: FoldData): FoldCounts {
  return {
    trainRows: rows.train.length,
    trainFrauds: countFrauds(rows.trainLabels),
    delayRows: rows.delayCount,
    testRows: rows.test.length,
    testFrauds: countFrauds(rows.testLabels),
    removedRows: rows.removedRows,
    removedCards: rows.removedCards,
  };
}
