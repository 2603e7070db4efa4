import { featureIndex } from '@fraudflow/features';

/** Where a model finds each of its columns in a vector of `fraud_detection_features`. */
export type Columns = Int32Array;

const columnsByNames = new WeakMap<readonly string[], Columns>();

/**
 * The slot of each model column in the feature vector; worked out once per list of names.
 * @throws AppError not_found FEATURE_UNKNOWN.
 */
export function columnsOf(featureNames: readonly string[]): Columns {
  let columns = columnsByNames.get(featureNames);
  if (!columns) columnsByNames.set(featureNames, (columns = Int32Array.from(featureNames, featureIndex)));
  return columns;
}

/** Writes a model's row from a whole vector, rounded to float32 as in training. */
export function fillRow(rows: Float32Array, at: number, vector: Float64Array, columns: Columns): void {
  for (let i = 0; i < columns.length; i++) rows[at + i] = vector[columns[i] as number] as number;
}

/** One row for a model. */
export function modelRow(featureNames: readonly string[], vector: Float64Array): Float32Array {
  const columns = columnsOf(featureNames);
  const row = new Float32Array(columns.length);
  fillRow(row, 0, vector, columns);
  return row;
}

export function hasMissing(vector: Float64Array): boolean {
  return vector.some(Number.isNaN);
}

/** A vector by name, with null for missing values, as records carry it. */
export function namedVector(names: readonly string[], vector: Float64Array): Record<string, number | null> {
  const named: Record<string, number | null> = {};
  names.forEach((name, index) => {
    const value = vector[index] ?? Number.NaN;
    named[name] = Number.isNaN(value) ? null : value;
  });
  return named;
}

/** The reverse of `namedVector`; absent and null become NaN. Writes into `into` and returns it. */
export function vectorOf(
  names: readonly string[],
  named: Readonly<Record<string, number | null | undefined>>,
  into = new Float64Array(names.length),
): Float64Array {
  for (let i = 0; i < names.length; i++) into[i] = named[names[i] as string] ?? Number.NaN;
  return into;
}
