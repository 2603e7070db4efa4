import { defined, invalidInput } from '@fraudflow/core';

/** A logistic regression over standardised columns: margin = intercept + Σ weight · (value − mean) / scale. */
export interface LogisticModel {
  /** Names of the columns, in order. */
  readonly featureNames: readonly string[];
  /** Mean of each column over the training rows. */
  readonly mean: Float64Array;
  /** Standard deviation of each column over the training rows (divisor: rows); 1 for a constant column. */
  readonly scale: Float64Array;
  /** Weight of each standardised column: log-odds per standard deviation. */
  readonly weights: Float64Array;
  /** Log-odds of a row with the mean in each column. */
  readonly intercept: number;
  /** Newton steps until convergence. */
  readonly iterations: number;
}

/**
 * Margins (log-odds) of rows, computed in float64 and rounded to float32: the reference for the exported file.
 * @param features row-major float32, columns as `featureNames` of the model
 * @returns one margin a row; NaN for a row with a missing value.
 * @throws AppError invalid_input if the values are not whole rows of the model's columns.
 */
export function logisticMargins(model: LogisticModel, features: Float32Array): Float32Array {
  const { mean, scale, weights, intercept } = model;
  const width = weights.length;
  if (features.length % width !== 0) {
    throw invalidInput(`${features.length} values are not whole rows of ${width} columns`, { field: 'features' });
  }
  const margins = new Float32Array(features.length / width);
  for (let row = 0; row < margins.length; row++) {
    let sum = intercept;
    for (let column = 0; column < width; column++) {
      const value = defined(features[row * width + column], 'value');
      sum += ((value - (mean[column] as number)) / (scale[column] as number)) * (weights[column] as number);
    }
    margins[row] = sum;
  }
  return margins;
}
