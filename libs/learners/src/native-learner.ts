import { failedPrecondition } from '@fraudflow/core';
import { PROBABILITY_TOLERANCE } from '@fraudflow/inference';
import { type Recipe, writeTreeEnsembleOnnx, type XgboostSettings, xgboostParameters } from '@fraudflow/learning';
import type { TreeTrainer } from '@fraudflow/xgboost';
import type { LabelledRows } from './feature-rows.js';
import { exportedModel, type NativeModel, type TrainedForExport } from './native-model.js';
import { trainLogistic } from './train-logistic.js';

/** Cancelling and watching a training. */
export interface LearnOptions {
  /** Aborting ends a training of trees at once. A logistic regression is fitted in one go: it is not started. */
  readonly signal?: AbortSignal;
  /** Called with the progress, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Number of rows, spread over the training set, on which native and exported scores are compared. */
const PARITY_ROWS = 2_000;

/** Trains models by recipes: trained natively, exported to ONNX, and scored by the exported file from then on. */
export class NativeLearner {
  constructor(private readonly trainer: TreeTrainer) {}

  /**
   * Trains on the rows. The same recipe and rows give the same model, byte for byte. Trees are trained in a child
   * process; a logistic regression is fitted on the caller's thread, O(rows · columns²) a step.
   * @returns the model; its export agrees with the trained model on up to 2,000 rows.
   * @throws AppError failed_precondition: NOTHING_TO_LEARN for rows of one class or none, ONNX_PARITY if the exported
   * file differs from the trained model; what the trainer or the fit throws; the signal's reason when cancelled.
   */
  async learn(recipe: Recipe, rows: LabelledRows, options: LearnOptions = {}): Promise<NativeModel> {
    checkClasses(rows);
    options.signal?.throwIfAborted();
    const sample = sampleOf(rows.features, rows.featureNames.length);
    const trained =
      recipe.learner === 'xgboost'
        ? await this.trainTrees(recipe.settings, rows, sample, options)
        : trainLogistic(recipe.settings, rows, sample);
    if (recipe.learner === 'logistic') options.onProgress?.(1);
    return exportedModel(trained, rows.featureNames, sample);
  }

  private async trainTrees(
    settings: XgboostSettings,
    { features, labels, featureNames }: LabelledRows,
    sample: Float32Array,
    { signal, onProgress }: LearnOptions,
  ): Promise<TrainedForExport> {
    const { trees, seed } = settings;
    const { modelJson, margins, libraryVersion } = await this.trainer.train(
      { rows: features, labels },
      {
        features: featureNames.length,
        params: xgboostParameters(settings),
        rounds: trees,
        seed,
        marginsFor: sample,
        ...(signal && { signal }),
        onProgress: ({ round }) => onProgress?.((round + 1) / trees),
      },
    );
    if (margins === undefined) throw failedPrecondition('the trainer returned no margins to check the export against');
    return {
      write: (options) => writeTreeEnsembleOnnx(modelJson, options),
      margins,
      tolerance: PROBABILITY_TOLERANCE,
      parameters: { xgboost_version: libraryVersion },
    };
  }
}

function checkClasses({ labels }: LabelledRows): void {
  if (labels.length === 0) throw failedPrecondition('there are no rows to learn from', { code: 'NOTHING_TO_LEARN' });
  const frauds = labels.reduce((sum, label) => sum + label, 0);
  if (frauds > 0 && frauds < labels.length) return;
  const lacking = frauds === 0 ? 'no fraud' : 'no genuine transaction';
  throw failedPrecondition(`there is ${lacking} among the ${labels.length} rows to learn from`, {
    code: 'NOTHING_TO_LEARN',
  });
}

/** Every n-th row, at most {@link PARITY_ROWS}. */
function sampleOf(features: Float32Array, width: number): Float32Array {
  const rows = features.length / width;
  const count = Math.min(rows, PARITY_ROWS);
  const sample = new Float32Array(count * width);
  for (let at = 0; at < count; at++) {
    const row = Math.floor((at * rows) / count);
    sample.set(features.subarray(row * width, (row + 1) * width), at * width);
  }
  return sample;
}
