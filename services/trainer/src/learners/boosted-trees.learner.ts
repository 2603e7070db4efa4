import { type AppError, failedPrecondition, invalidInput } from '@fraudflow/core';
import { type OnnxExportOptions, readModelFile, writeTreeEnsembleOnnx } from '@fraudflow/learning';
import type { TrainingColumns } from '../data/training-columns.js';
import type { TreeTrainer } from './tree-trainer.port.js';
import { Learner, type LearntModel, type ModelFacts } from './learner.port.js';
import type { ModelRunner, RunnableModel } from './model-runner.port.js';

export interface BoostingSettings {
  readonly rounds: number;
  readonly depth: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Number of rows, spread over the training set, on which native and exported scores are compared. */
const PARITY_ROWS = 2_000;

/** Gradient-boosted trees: trained natively, exported to ONNX, and scored by the exported file from then on. */
export class BoostedTreesLearner extends Learner {
  constructor(
    private readonly trainer: TreeTrainer,
    private readonly runner: ModelRunner,
    private readonly settings: BoostingSettings,
  ) {
    super();
  }

  async learn(rows: TrainingColumns, signal: AbortSignal, onProgress: (share: number) => void): Promise<LearntModel> {
    const { rounds, seed } = this.settings;
    const width = rows.featureNames.length;
    const sample = sampleOf(rows.features, width);
    const trained = await this.trainer.train(
      { rows: rows.features, labels: rows.labels },
      {
        features: width,
        params: this.boosterParameters(),
        rounds,
        seed,
        marginsFor: sample,
        signal,
        onProgress: ({ round }) => onProgress((round + 1) / rounds),
      },
    );
    const toModel = (facts: ModelFacts): RunnableModel => exportModel(trained.modelJson, rows.featureNames, facts);
    const model = toModel(UNNAMED);
    if (trained.margins === undefined)
      throw failedPrecondition('the trainer returned no margins to check the export against');
    await this.runner.checkParity(model, sample, trained.margins);
    return {
      toOnnx: (facts) => toModel(facts).bytes,
      score: (columns) => this.scoreFile(model, columns),
      parameters: { xgboost_version: trained.libraryVersion },
    };
  }

  override async scoreFile(model: RunnableModel, columns: TrainingColumns): Promise<Float32Array> {
    return this.runner.score(model, inOrder(columns, model.signature.featureNames));
  }

  parameters(): Readonly<Record<string, string>> {
    const { rounds, seed } = this.settings;
    const all = { algorithm: 'xgboost', rounds, seed, ...this.boosterParameters() };
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
  }

  private boosterParameters(): Readonly<Record<string, number>> {
    const { depth, learningRate } = this.settings;
    return { max_depth: depth, eta: learningRate, min_child_weight: 5, subsample: 0.8, colsample_bytree: 0.8 };
  }
}

/** Placeholder metadata of a file that is used for scoring only and never stored. */
const UNNAMED: ModelFacts = {
  featureService: '',
  dataDigest: '',
  trainingRange: { fromMs: 0, toMs: 0 },
  threshold: 0.5,
};

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

/** The rows with these features in this order; the columns' own array if that is their order. */
function inOrder({ featureNames, features, labels }: TrainingColumns, wanted: readonly string[]): Float32Array {
  if (wanted.length === featureNames.length && wanted.every((name, at) => name === featureNames[at])) return features;
  const from = wanted.map((name) => featureNames.indexOf(name));
  const missing = wanted.filter((_, at) => from[at] === -1);
  if (missing.length > 0) {
    throw invalidInput(`the rows lack features that the model needs: ${missing.join(', ')}`, {
      code: 'MODEL_FEATURES_MISSING',
    });
  }
  const rows = new Float32Array(labels.length * wanted.length);
  for (let row = 0; row < labels.length; row++) {
    const source = row * featureNames.length;
    const target = row * wanted.length;
    from.forEach((column, at) => (rows[target + at] = features[source + column] ?? Number.NaN));
  }
  return rows;
}

/** @throws AppError if the exported file fails the checks of the scorer. */
function exportModel(
  modelJson: string,
  featureNames: readonly string[],
  metadata: OnnxExportOptions['metadata'],
): RunnableModel {
  const bytes = writeTreeEnsembleOnnx(modelJson, { featureNames, metadata });
  try {
    return { bytes, signature: readModelFile(bytes).signature };
  } catch (thrown) {
    throw failedPrecondition(`the exported model fails the scorer's checks: ${(thrown as AppError).message}`, {
      cause: thrown,
    });
  }
}
