export { checkOnnxParity, PROBABILITY_TOLERANCE } from './onnx-parity.js';
export { onnxOutputs } from './run-onnx.js';
export type { RunnableModel } from './runnable-model.js';
export { scoreOnnx } from './score-onnx.js';
