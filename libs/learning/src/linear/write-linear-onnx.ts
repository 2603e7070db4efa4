import { failedPrecondition, invalidInput } from '@fraudflow/core';
import { writeLinearNode } from '../onnx/graph/write-node.js';
import { MISSING_VALUES_KEY } from '../onnx/model-properties.js';
import { type OnnxExportOptions, writeModelFile } from '../onnx/write-model-file.js';
import type { LogisticModel } from './logistic-model.js';

/**
 * Turns a logistic regression into ONNX bytes: one LinearRegressor on the values as they are, a Sigmoid and the
 * operators of the calibration. The same input gives the same bytes. Its metadata states that missing values are not
 * supported: rows with one get no score.
 * ONNX Runtime adds in float32. On the published data its probabilities agree with `logisticMargins` within 5e-7; the
 * difference grows with the mean of a column in units of its deviation (3e-6 where it is 25).
 * @returns the bytes of the ONNX file: float32 [batch, features] in, float32 [batch, 1] out.
 * @throws AppError invalid_input for a wrong number of names or an unusable calibration; failed_precondition naming a
 * column whose weight is not a float32 number.
 */
export function writeLinearOnnx(model: LogisticModel, options: OnnxExportOptions): Uint8Array<ArrayBuffer> {
  const columns = model.weights.length;
  if (options.featureNames.length !== columns) {
    throw invalidInput(`the model has ${columns} features but ${options.featureNames.length} names were given`);
  }
  const weights = foldedWeights(model);
  return writeModelFile(options, (graph, names) => writeLinearNode(graph, { name: 'linear', ...names }, weights), [
    [MISSING_VALUES_KEY, 'unsupported'],
  ]);
}

/**
 * Weights and intercept for values that are not standardised. The intercept is computed from the rounded weights, so
 * that their rounding does not shift the margin of a row with the mean in each column.
 */
function foldedWeights(model: LogisticModel): { readonly weights: readonly number[]; readonly intercept: number } {
  const { featureNames, mean, scale, weights } = model;
  const folded = Array.from(weights, (weight, column) => Math.fround(weight / (scale[column] as number)));
  const intercept = folded.reduce((sum, weight, column) => sum - weight * (mean[column] as number), model.intercept);
  const wrong = folded.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0 || !Number.isFinite(Math.fround(intercept))) {
    const what = wrong >= 0 ? `the weight of ${featureNames[wrong]}` : 'the intercept';
    throw failedPrecondition(`${what} is not a float32 number: rescale the columns, or leave the column out`);
  }
  return { weights: folded, intercept };
}
