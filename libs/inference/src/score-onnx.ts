import { AppError, asError, invalidInput } from '@fraudflow/core';
import { onnxOutputs } from './run-onnx.js';
import type { RunnableModel } from './runnable-model.js';

/**
 * Fraud probabilities by ONNX Runtime, with one thread and in slices, so that the event loop runs in between.
 * @param rows row-major float32 in the order of the signature's features, NaN missing
 * @returns one probability a row, 0 to 1
 * @throws AppError invalid_input (MODEL_UNLOADABLE) if the runtime refuses the file or a run.
 */
export async function scoreOnnx({ bytes, signature }: RunnableModel, rows: Float32Array): Promise<Float32Array> {
  if (rows.length === 0) return new Float32Array(0);
  try {
    return await onnxOutputs(bytes, rows, signature.featureNames.length, signature);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind === 'invalid_input') throw thrown;
    const reason = asError(thrown).message;
    throw invalidInput(`ONNX Runtime refuses the model: ${reason}`, { code: 'MODEL_UNLOADABLE', cause: thrown });
  }
}
