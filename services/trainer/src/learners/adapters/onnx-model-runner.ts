import { AppError, asError, invalidInput } from '@fraudflow/core';
import { ModelRunner, type RunnableModel } from '../model-runner.port.js';
import { checkOnnxParity, onnxOutputs } from './onnx-parity.js';

/** Runs model files on ONNX Runtime, in slices, so that the event loop runs in between. */
export class OnnxModelRunner extends ModelRunner {
  override async score({ bytes, signature }: RunnableModel, rows: Float32Array): Promise<Float32Array> {
    if (rows.length === 0) return new Float32Array(0);
    try {
      return await onnxOutputs(bytes, rows, signature.featureNames.length, signature);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'invalid_input') throw thrown;
      const reason = asError(thrown).message;
      throw invalidInput(`ONNX Runtime refuses the model: ${reason}`, { code: 'MODEL_UNLOADABLE', cause: thrown });
    }
  }

  override async checkParity(
    { bytes, signature }: RunnableModel,
    rows: Float32Array,
    margins: Float32Array,
  ): Promise<void> {
    await checkOnnxParity(bytes, rows, signature.featureNames.length, margins);
  }
}
