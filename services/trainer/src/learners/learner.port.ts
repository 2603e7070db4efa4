import type { RunnableModel } from '@fraudflow/inference';
import type { TrainingColumns } from '../data/training-columns.js';

/** A trained model, ready to be served. */
export interface LearntModel {
  /** Fraud probabilities, 0 to 1, computed by the exported file. */
  score(columns: TrainingColumns): Promise<Float32Array>;
  /** The servable file with this decision threshold and these facts written into it. */
  toOnnx(facts: ModelFacts): Uint8Array;
  /** Facts of the training itself, e.g. the version of the library, for the run's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface ModelFacts {
  readonly featureService: string;
  readonly dataDigest: string;
  readonly trainingRange: { readonly fromMs: number; readonly toMs: number };
  readonly threshold: number;
}

/** Learns from rows. */
export abstract class Learner {
  /**
   * @param onProgress share of the work done, 0 to 1
   * @throws AppError invalid_input or failed_precondition with the reason; the signal's reason when cancelled.
   */
  abstract learn(rows: TrainingColumns, signal: AbortSignal, onProgress: (share: number) => void): Promise<LearntModel>;
  /**
   * Fraud probabilities of a served model file on rows of the trainer; features are mapped by name.
   * @throws AppError invalid_input if it cannot be run, or needs a feature that the rows lack (MODEL_FEATURES_MISSING).
   */
  abstract scoreFile(model: RunnableModel, columns: TrainingColumns): Promise<Float32Array>;
  /** Parameters of the learner, for the run's parameters. */
  abstract parameters(): Readonly<Record<string, string>>;
}
