import { invalidInput } from '@fraudflow/core';
import { parseXgboostModel } from '../model/parse-xgboost-model.js';
import type { XgboostModelJson } from '../model/xgboost-model-json.js';
import { writeTreeNode } from './graph/write-node.js';
import { type OnnxExportOptions, writeModelFile } from './write-model-file.js';

/**
 * Turns XGBoost's JSON into ONNX bytes: one TreeEnsembleRegressor, a Sigmoid and the operators of the calibration. The
 * same input gives the same bytes.
 * ONNX Runtime's margins equal XGBoost's bit for bit; probabilities within 2e-7, calibrated ones within 1e-6.
 * Sums hold when ONNX Runtime works with one thread; several may add in another order.
 * @param model XGBoost's JSON, as text or parsed.
 * @returns the bytes of the ONNX file: float32 [batch, features] in, float32 [batch, 1] out.
 * @throws AppError invalid_input for an unsupported model, a wrong number of names or an unusable calibration.
 */
export function writeTreeEnsembleOnnx(
  model: string | XgboostModelJson,
  options: OnnxExportOptions,
): Uint8Array<ArrayBuffer> {
  const ensemble = parseXgboostModel(model);
  const { featureNames } = options;
  if (featureNames.length !== ensemble.featureCount) {
    throw invalidInput(`the model has ${ensemble.featureCount} features but ${featureNames.length} names were given`);
  }
  return writeModelFile(options, (graph, names) => writeTreeNode(graph, { name: 'trees', ...names }, ensemble));
}
