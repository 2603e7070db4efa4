import { invalidInput } from '@fraudflow/core';

/** Rows of features as one matrix. */
export interface FeatureRows {
  /** Column names, in order. */
  readonly featureNames: readonly string[];
  /** Row-major float32, NaN missing. */
  readonly features: Float32Array;
}

/** Rows with what is to be learned. */
export interface LabelledRows extends FeatureRows {
  /** 1 fraud, 0 genuine; one a row. */
  readonly labels: Float32Array;
}

/**
 * The rows with these features in this order; the rows' own array if that is their order.
 * @throws AppError invalid_input (MODEL_FEATURES_MISSING) with the names that the rows lack.
 */
export function inFeatureOrder({ featureNames, features }: FeatureRows, wanted: readonly string[]): Float32Array {
  if (wanted.length === featureNames.length && wanted.every((name, at) => name === featureNames[at])) return features;
  const from = wanted.map((name) => featureNames.indexOf(name));
  const missing = wanted.filter((_, at) => from[at] === -1);
  if (missing.length > 0) {
    throw invalidInput(`the rows lack features that the model needs: ${missing.join(', ')}`, {
      code: 'MODEL_FEATURES_MISSING',
    });
  }
  const count = features.length / featureNames.length;
  const rows = new Float32Array(count * wanted.length);
  for (let row = 0; row < count; row++) {
    const source = row * featureNames.length;
    const target = row * wanted.length;
    from.forEach((column, at) => (rows[target + at] = features[source + column] ?? Number.NaN));
  }
  return rows;
}
