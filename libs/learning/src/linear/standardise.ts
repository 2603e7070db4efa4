import { invalidInput } from '@fraudflow/core';

/** A matrix of features, row-major float32. */
export interface FeatureMatrix {
  readonly features: Float32Array;
  /** Names of the columns, in order. */
  readonly featureNames: readonly string[];
}

/** Location and scale of each column. */
export interface ColumnScales {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Mean and standard deviation (divisor: rows) of each column, in two passes. A constant column has its value as the
 * mean and the scale 1, so it becomes exactly 0. O(values).
 * @throws AppError invalid_input naming each column with a missing or infinite value.
 * Source: scikit-learn, `StandardScaler`.
 */
export function columnScales({ features, featureNames }: FeatureMatrix): ColumnScales {
  const width = featureNames.length;
  checkFinite(features, featureNames);
  const rows = features.length / width;
  const sums = new Float64Array(width);
  const scale = new Float64Array(width);
  for (let at = 0; at < features.length; at++) {
    const column = at % width;
    sums[column] = (sums[column] as number) + (features[at] as number);
  }
  // A float64 sum of equal float32 values is exact up to 2^29 rows, so the mean of a constant column is its value.
  const mean = sums.map((sum) => sum / rows);
  for (let at = 0; at < features.length; at++) {
    const column = at % width;
    scale[column] = (scale[column] as number) + ((features[at] as number) - (mean[column] as number)) ** 2;
  }
  return { mean, scale: scale.map((squares) => (squares === 0 ? 1 : Math.sqrt(squares / rows))) };
}

/** The standardised matrix, row-major. */
export function standardised({ features }: FeatureMatrix, { mean, scale }: ColumnScales): Float64Array {
  const width = mean.length;
  const values = new Float64Array(features.length);
  for (let at = 0; at < features.length; at++) {
    const column = at % width;
    values[at] = ((features[at] as number) - (mean[column] as number)) / (scale[column] as number);
  }
  return values;
}

function checkFinite(features: Float32Array, featureNames: readonly string[]): void {
  const width = featureNames.length;
  const counts = new Float64Array(width);
  for (let at = 0; at < features.length; at++) {
    if (!Number.isFinite(features[at])) counts[at % width] = (counts[at % width] as number) + 1;
  }
  const problems = featureNames.flatMap((name, column) =>
    counts[column] === 0 ? [] : [`${name} (${counts[column]} of ${features.length / width} rows)`],
  );
  if (problems.length === 0) return;
  throw invalidInput(
    `logistic regression needs a finite value in every row; missing or infinite are ${problems.join(', ')}: fill them, ` +
      'leave these columns out, or train boosted trees',
    { field: 'features' },
  );
}
