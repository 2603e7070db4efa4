/** Runs ONNX model files over many rows. */
export abstract class ModelRunner {
  /**
   * @param rows row-major float32, NaN missing
   * @returns one fraud probability a row
   */
  abstract score(model: Uint8Array, rows: Float32Array, features: number): Promise<Float32Array>;
  /** @throws AppError failed_precondition (ONNX_PARITY) if the file's probabilities differ from those of the native margins. */
  abstract checkParity(model: Uint8Array, rows: Float32Array, features: number, margins: Float32Array): Promise<void>;
}
