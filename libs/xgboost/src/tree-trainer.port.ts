/** Rows for training or checking: row-major float32, NaN missing. */
export interface LabelledMatrix {
  readonly rows: Float32Array;
  /** 1 fraud, 0 genuine; one a row. */
  readonly labels: Float32Array;
}

/** Metrics of one boosting round by `<rows>-<metric>`, e.g. `train-logloss`. */
export interface RoundLog {
  /** From 0. */
  readonly round: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Shape, parameters and observers of a training run. */
export interface TrainOptions {
  /** Columns of each row. */
  readonly features: number;
  /** XGBoost parameters over the adapter's defaults, e.g. `{ max_depth: 3, eta: 0.1 }`. */
  readonly params?: Readonly<Record<string, string | number>>;
  /** Trees to grow. */
  readonly rounds: number;
  /** Same data, parameters and seed give the same model, byte for byte (with one thread). */
  readonly seed: number;
  readonly validation?: LabelledMatrix;
  /** Row-major rows whose native margins (log-odds) are returned, to check the exported model against. */
  readonly marginsFor?: Float32Array;
  /** Aborting ends the run immediately, also during a native call. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (log: RoundLog) => void;
}

/** Result of a training run. */
export interface TrainedModel {
  /** XGBoost's own JSON, input of `writeTreeEnsembleOnnx`. */
  readonly modelJson: string;
  readonly evalLog: readonly RoundLog[];
  /** Version of the training library, e.g. `3.4.0`. */
  readonly libraryVersion: string;
  /** Present if `marginsFor` was given. */
  readonly margins?: Float32Array;
}

/** Trains a boosted-tree fraud classifier. */
export abstract class TreeTrainer {
  /**
   * Never blocks the event loop; the caller keeps its arrays.
   * @param train row-major rows with labels 0 or 1
   * @throws AppError invalid_input for shapes that disagree or parameters and data the library refuses (with the
   * message of the library); failed_precondition if the library cannot be loaded or the run exceeds its limits of time
   * and memory; assertion_failed if the library aborts its process. Rejects with the signal's reason when cancelled.
   */
  abstract train(train: LabelledMatrix, options: TrainOptions): Promise<TrainedModel>;
}
