import { type AppError, failedPrecondition } from '@fraudflow/core';
import { checkOnnxParity, type RunnableModel, scoreOnnx } from '@fraudflow/inference';
import {
  type ModelMetadata,
  readModelFile,
  type Recipe,
  writeTreeEnsembleOnnx,
  xgboostParameters,
} from '@fraudflow/learning';
import type { TreeTrainer } from '@fraudflow/xgboost';
import { type FeatureRows, inFeatureOrder, type LabelledRows } from './feature-rows.js';

/** A trained model. */
export interface NativeModel {
  /** The servable file with these facts and this decision threshold written into it. */
  toOnnx(metadata: ModelMetadata): Uint8Array;
  /** Fraud probabilities, 0 to 1, computed by the exported file; features are mapped by name. */
  score(rows: FeatureRows): Promise<Float32Array>;
  /** Facts of the training itself, e.g. the version of the library. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Cancelling and watching a training. */
export interface LearnOptions {
  /** Aborting ends the training at once. */
  readonly signal?: AbortSignal;
  /** Called with the progress, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Number of rows, spread over the training set, on which native and exported scores are compared. */
const PARITY_ROWS = 2_000;

/** Placeholder metadata of a file that is used for scoring only and never stored. */
const UNNAMED: ModelMetadata = {
  featureService: '',
  dataDigest: '',
  trainingRange: { fromMs: 0, toMs: 0 },
  threshold: 0.5,
};

/** Trains models by recipes: trained natively, exported to ONNX, and scored by the exported file from then on. */
export class NativeLearner {
  constructor(private readonly trainer: TreeTrainer) {}

  /**
   * Trains on the rows. The same recipe and rows give the same model, byte for byte.
   * @throws AppError failed_precondition: NOTHING_TO_LEARN for rows of one class or none, ONNX_PARITY if the exported
   * file differs from the trained model; what the trainer throws; the signal's reason when cancelled.
   */
  async learn(recipe: Recipe, rows: LabelledRows, options: LearnOptions = {}): Promise<NativeModel> {
    checkClasses(rows);
    if (recipe.learner !== 'xgboost') {
      throw failedPrecondition(`${recipe.name}: this version trains gradient-boosted trees only`);
    }
    const { trees, seed } = recipe.settings;
    const width = rows.featureNames.length;
    const sample = sampleOf(rows.features, width);
    const trained = await this.trainer.train(
      { rows: rows.features, labels: rows.labels },
      {
        features: width,
        params: xgboostParameters(recipe.settings),
        rounds: trees,
        seed,
        marginsFor: sample,
        ...(options.signal && { signal: options.signal }),
        onProgress: ({ round }) => options.onProgress?.((round + 1) / trees),
      },
    );
    const toModel = (metadata: ModelMetadata): RunnableModel =>
      readable(writeTreeEnsembleOnnx(trained.modelJson, { featureNames: rows.featureNames, metadata }));
    const model = toModel(UNNAMED);
    if (trained.margins === undefined)
      throw failedPrecondition('the trainer returned no margins to check the export against');
    await checkOnnxParity(model.bytes, sample, width, trained.margins);
    return {
      toOnnx: (metadata) => toModel(metadata).bytes,
      score: (scored) => scoreOnnx(model, inFeatureOrder(scored, model.signature.featureNames)),
      parameters: { xgboost_version: trained.libraryVersion },
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

/** @throws AppError if the exported file fails the checks of the scorer. */
function readable(bytes: Uint8Array): RunnableModel {
  try {
    return { bytes, signature: readModelFile(bytes).signature };
  } catch (thrown) {
    throw failedPrecondition(`the exported model fails the scorer's checks: ${(thrown as AppError).message}`, {
      cause: thrown,
    });
  }
}
