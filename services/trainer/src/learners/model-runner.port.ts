import type { OnnxSignature } from '@fraudflow/learning';

/** A model file that has been read by `readModelFile`, and how it is run. */
export interface RunnableModel {
  readonly bytes: Uint8Array;
  readonly signature: OnnxSignature;
}

/** Runs ONNX model files over many rows. */
export abstract class ModelRunner {
  /**
   * @param rows row-major float32 in the order of the signature's features, NaN missing
   * @returns one fraud probability a row
   * @throws AppError invalid_input (MODEL_UNLOADABLE) if the runtime refuses the file or a run.
   */
  abstract score(model: RunnableModel, rows: Float32Array): Promise<Float32Array>;
  /**
   * @throws AppError failed_precondition (ONNX_PARITY) if the file's probabilities differ from those of the native
   * margins.
   */
  abstract checkParity(model: RunnableModel, rows: Float32Array, margins: Float32Array): Promise<void>;
}
