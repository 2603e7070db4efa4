import { ModelRunner } from '../../pipeline/model-runner.port.js';
import { checkOnnxParity, onnxOutputs } from './onnx-parity.js';

/** Model files on ONNX Runtime, in slices so that the event loop is served in between. */
export class OnnxModelRunner extends ModelRunner {
  score(model: Uint8Array, rows: Float32Array, features: number): Promise<Float32Array> {
    return rows.length === 0 ? Promise.resolve(new Float32Array(0)) : onnxOutputs(model, rows, features);
  }

  async checkParity(model: Uint8Array, rows: Float32Array, features: number, margins: Float32Array): Promise<void> {
    await checkOnnxParity(model, rows, features, margins);
  }
}
