import { type RunnableModel, scoreOnnx } from '@fraudflow/inference';
import { inFeatureOrder, NativeLearner } from '@fraudflow/learners';
import { type Recipe, type XgboostSettings, xgboostParameters } from '@fraudflow/learning';
import type { TreeTrainer } from '@fraudflow/xgboost';
import type { TrainingColumns } from '../data/training-columns.js';
import { Learner, type LearntModel } from './learner.port.js';

export interface BoostingSettings {
  readonly rounds: number;
  readonly depth: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** Gradient-boosted trees with the trainer's settings. */
export class BoostedTreesLearner extends Learner {
  private readonly learner: NativeLearner;
  private readonly settings: XgboostSettings;

  constructor(trainer: TreeTrainer, settings: BoostingSettings) {
    super();
    this.learner = new NativeLearner(trainer);
    this.settings = xgboostSettings(settings);
  }

  learn(rows: TrainingColumns, signal: AbortSignal, onProgress: (share: number) => void): Promise<LearntModel> {
    // The rows are given, so the recipe's own feature service and range do not matter here.
    const recipe: Recipe = {
      name: 'trainer',
      featureService: '',
      trainDays: 0,
      learner: 'xgboost',
      settings: this.settings,
    };
    return this.learner.learn(recipe, rows, { signal, onProgress });
  }

  override async scoreFile(model: RunnableModel, columns: TrainingColumns): Promise<Float32Array> {
    return scoreOnnx(model, inFeatureOrder(columns, model.signature.featureNames));
  }

  parameters(): Readonly<Record<string, string>> {
    const { trees, seed } = this.settings;
    const all = { algorithm: 'xgboost', rounds: trees, seed, ...xgboostParameters(this.settings) };
    return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]));
  }
}

function xgboostSettings({ rounds, depth, learningRate, seed }: BoostingSettings): XgboostSettings {
  return {
    trees: rounds,
    learningRate,
    maxDepth: depth,
    subsample: 0.8,
    columnFraction: 0.8,
    minChildWeight: 5,
    treeMethod: 'hist',
    maxBin: 4_096,
    l2: 1,
    seed,
  };
}
