import type { TrainingColumns } from '../data/training-columns.js';

/** A trained model, ready to be served. */
export interface LearntModel {
  /** Fraud probabilities, 0 to 1, by the exported file itself. */
  score(columns: TrainingColumns): Promise<Float32Array>;
  /** The servable file with this decision threshold and these facts written into it. */
  toOnnx(facts: ModelFacts): Uint8Array;
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
  /** A served model file, for comparison on our rows. */
  abstract scoreOnnx(model: Uint8Array, columns: TrainingColumns): Promise<Float32Array>;
  /** What was used, for the run's parameters. */
  abstract parameters(): Readonly<Record<string, string>>;
}
