import { writeTreeEnsembleOnnx } from '@fraudflow/learning';
import { aModel, aTree } from '@fraudflow/learning/testing/model-factory';
import type { TrainingColumns } from '../../src/data/training-columns.js';
import { Learner, type LearntModel, type ModelFacts } from '../../src/learners/learner.port.js';
import type { RunnableModel } from '@fraudflow/inference';

/** Quality of a fake model: scores equal the first feature, every fifth score is 0.3, or all scores are 0.5. */
export type Quality = 'sharp' | 'blurred' | 'blind';

export function scoresOf({ features, featureNames, labels }: TrainingColumns, quality: Quality): Float32Array {
  return labels.map((_, row) => {
    if (quality === 'blind') return 0.5;
    const value = features[row * featureNames.length] ?? 0;
    return quality === 'blurred' && row % 5 === 0 ? 0.3 : value;
  });
}

/** A model file as the trainer writes it. */
export function aFile(featureNames: readonly string[], facts: Partial<ModelFacts> = {}): Uint8Array {
  return writeTreeEnsembleOnnx(aModel({ featureCount: featureNames.length, trees: [aTree({})] }), {
    featureNames,
    metadata: {
      featureService: 'fraud_detection_features:1',
      dataDigest: 'digest',
      trainingRange: { fromMs: 0, toMs: 1 },
      threshold: 0.5,
      ...facts,
    },
  });
}

/** Fake learner; its models score by the first feature. */
export class FakeLearner extends Learner {
  /** Rows of each model learnt. */
  readonly learnt: TrainingColumns[] = [];
  /** Arguments of `scoreFile`. */
  readonly scored: { readonly model: RunnableModel; readonly columns: TrainingColumns }[] = [];

  constructor(
    public quality: Quality = 'sharp',
    public championQuality: Quality = 'blurred',
  ) {
    super();
  }

  override async learn(
    rows: TrainingColumns,
    signal: AbortSignal,
    onProgress: (share: number) => void,
  ): Promise<LearntModel> {
    signal.throwIfAborted();
    this.learnt.push(rows);
    onProgress(1);
    const { quality } = this;
    return {
      score: async (columns) => scoresOf(columns, quality),
      toOnnx: (facts) => aFile(rows.featureNames, facts),
      parameters: { library: 'none' },
    };
  }

  override async scoreFile(model: RunnableModel, columns: TrainingColumns): Promise<Float32Array> {
    this.scored.push({ model, columns });
    return scoresOf(columns, this.championQuality);
  }

  override parameters(): Readonly<Record<string, string>> {
    return { algorithm: 'fake' };
  }
}
