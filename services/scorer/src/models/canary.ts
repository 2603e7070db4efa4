import { invalidInput } from '@fraudflow/core';
import { COMPUTED_FEATURES } from '@fraudflow/features';
import { columnsOf, fillRow } from '../features/vector.js';
import type { ModelProperties } from '@fraudflow/learning';
import type { ScoringModel } from './scoring-model.port.js';

interface CanaryRow {
  readonly name: string;
  /** Values of the first features; all other features have the value `rest`. */
  readonly values: readonly number[];
  readonly rest: number;
  /** True if a model that does not support missing values may give no probability for the row. */
  readonly isExtreme?: boolean;
}

const ROWS: readonly CanaryRow[] = [
  { name: 'typical', values: [57.16, 0, 0, 2, 60.5, 14, 55.1, 61, 54.2, 1, 0, 8, 0, 33, 0], rest: 1 },
  { name: 'suspect', values: [990.1, 1, 1, 9, 640, 20, 310, 66, 120, 3, 1, 12, 0.9, 40, 0.6], rest: 10 },
  { name: 'zero', values: [], rest: 0 },
  { name: 'missing', values: [], rest: Number.NaN, isExtreme: true },
  { name: 'huge', values: [], rest: 1e30, isExtreme: true },
  { name: 'negative huge', values: [], rest: -1e30, isExtreme: true },
];
const WARM_UP_RUNS = 50;
/** Largest difference between batch and single runs: they may add the trees in another order. */
const TOLERANCE = 1e-6;

/**
 * Tests a new model on fixed rows (typical, suspect, zero, all missing, huge) before it may serve, and warms it up.
 * Each row has a value in every column of the model. A model that declares missing values as unsupported need not score
 * the missing and huge rows.
 * @throws AppError invalid_input MODEL_CANARY if a result is not a probability or differs between one row and a batch.
 */
export async function runCanary(
  model: ScoringModel,
  { acceptsMissing }: Pick<ModelProperties, 'acceptsMissing'>,
): Promise<void> {
  const rows = canaryRows(model.featureNames);
  const width = model.featureNames.length;
  const batch = await model.score(rows, ROWS.length);
  for (const [index, row] of ROWS.entries()) {
    const [single] = await model.score(rows.slice(index * width, (index + 1) * width), 1);
    const maySkip = row.isExtreme === true && !acceptsMissing;
    check(row.name, batch[index] ?? Number.NaN, single ?? Number.NaN, maySkip);
  }
  for (let run = 0; run < WARM_UP_RUNS; run++) await model.score(rows, 1);
}

function canaryRows(featureNames: readonly string[]): Float32Array {
  const columns = columnsOf(featureNames);
  const rows = new Float32Array(ROWS.length * columns.length);
  for (const [index, { values, rest }] of ROWS.entries()) {
    const vector = new Float64Array(COMPUTED_FEATURES.length).fill(rest);
    vector.set(values);
    fillRow(rows, index * columns.length, vector, columns);
  }
  return rows;
}

function check(row: string, fromBatch: number, single: number, maySkip: boolean): void {
  if (maySkip && Number.isNaN(fromBatch) && Number.isNaN(single)) return;
  if (Number.isNaN(fromBatch)) {
    const hint =
      row === 'missing'
        ? '; if it cannot take missing values, declare "missing_values": "unsupported" in scoring.json'
        : '';
    throw failed(`the ${row} row gives no probability${hint}`);
  }
  // The negated comparison also fails for NaN.
  if (!(Math.abs(single - fromBatch) <= TOLERANCE)) {
    throw failed(`the ${row} row gives ${fromBatch} in a batch but ${single} alone`);
  }
}

function failed(why: string): Error {
  return invalidInput(`the model failed its canary run: ${why}`, { code: 'MODEL_CANARY' });
}
