import { featureIndex, COMPUTED_FEATURES } from '@fraudflow/features';

/** Slot in a vector of `COMPUTED_FEATURES` for each column of a model. */
export type Columns = Int32Array;

const columnsByNames = new WeakMap<readonly string[], Columns>();

/**
 * The slot of each model column in the feature vector, cached per list of names.
 * @throws AppError not_found FEATURE_UNKNOWN.
 */
export function columnsOf(featureNames: readonly string[]): Columns {
  let columns = columnsByNames.get(featureNames);
  if (!columns) columnsByNames.set(featureNames, (columns = Int32Array.from(featureNames, featureIndex)));
  return columns;
}

/** Writes a model's row from a full vector, rounded to float32 as in training. */
export function fillRow(rows: Float32Array, at: number, vector: Float64Array, columns: Columns): void {
  for (let i = 0; i < columns.length; i++) rows[at + i] = vector[columns[i] as number] as number;
}

/** Creates one row for a model. */
export function modelRow(featureNames: readonly string[], vector: Float64Array): Float32Array {
  const columns = columnsOf(featureNames);
  const row = new Float32Array(columns.length);
  fillRow(row, 0, vector, columns);
  return row;
}

/** True if at least one of these features is missing. */
export function hasMissing(featureNames: readonly string[], vector: Float64Array): boolean {
  return columnsOf(featureNames).some((column) => Number.isNaN(vector[column] ?? Number.NaN));
}

/** The given features of a vector by name, with null for missing values: the format used in records. */
export function namedVector(names: readonly string[], vector: Float64Array): Record<string, number | null> {
  const named: Record<string, number | null> = {};
  const columns = columnsOf(names);
  names.forEach((name, i) => {
    const value = vector[columns[i] as number] ?? Number.NaN;
    named[name] = Number.isNaN(value) ? null : value;
  });
  return named;
}

/** Inverse of `namedVector`. Absent and null values, and features not among the names, become NaN. */
export function vectorOf(
  names: readonly string[],
  named: Readonly<Record<string, number | null | undefined>>,
): Float64Array {
  const vector = new Float64Array(COMPUTED_FEATURES.length).fill(Number.NaN);
  const columns = columnsOf(names);
  for (let i = 0; i < names.length; i++) vector[columns[i] as number] = named[names[i] as string] ?? Number.NaN;
  return vector;
}
