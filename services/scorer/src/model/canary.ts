import { invalidInput } from '@fraudflow/core';
import { FEATURE_COUNT } from '@fraudflow/features';
import { columnsOf, fillRow } from '../scoring/vector.js';
import type { ScoringModel } from './scoring-model.port.js';

const TYPICAL_ROW = [57.16, 0, 0, 2, 60.5, 14, 55.1, 61, 54.2, 1, 0, 8, 0, 33, 0];
const SUSPECT_ROW = [990.1, 1, 1, 9, 640, 20, 310, 66, 120, 3, 1, 12, 0.9, 40, 0.6];
const WARM_UP_RUNS = 50;
/** Batch and single runs may add trees in another order. */
const TOLERANCE = 1e-6;

/**
 * Runs a new model on rows it must cope with (typical, suspect, zero, all missing, huge) before it may serve; warms it up on the way.
 * @throws AppError invalid_input MODEL_CANARY if an answer is no probability or differs between one row and a batch.
 */
export async function runCanary(model: ScoringModel): Promise<void> {
  const rows = canaryRows(model.featureNames);
  const width = model.featureNames.length;
  const count = rows.length / width;
  const batch = await model.score(rows, count);
  for (let row = 0; row < count; row++) {
    const [single] = await model.score(rows.slice(row * width, (row + 1) * width), 1);
    check(row, batch[row], single);
  }
  for (let run = 0; run < WARM_UP_RUNS; run++) await model.score(rows, 1);
}

function canaryRows(featureNames: readonly string[]): Float32Array {
  const vectors = [TYPICAL_ROW, SUSPECT_ROW, 0, Number.NaN, 1e30, -1e30].map((row) =>
    typeof row === 'number' ? new Float64Array(FEATURE_COUNT).fill(row) : Float64Array.from(row),
  );
  const columns = columnsOf(featureNames);
  const rows = new Float32Array(vectors.length * columns.length);
  vectors.forEach((vector, index) => fillRow(rows, index * columns.length, vector, columns));
  return rows;
}

function check(row: number, fromBatch: number | undefined, single: number | undefined): void {
  const isProbability = fromBatch !== undefined && fromBatch >= 0 && fromBatch <= 1;
  if (!isProbability) throw failed(`row ${row} gives ${fromBatch}, which is no probability`);
  if (single === undefined || Math.abs(single - fromBatch) > TOLERANCE) {
    throw failed(`row ${row} gives ${fromBatch} in a batch but ${single} alone`);
  }
}

function failed(why: string): Error {
  return invalidInput(`the model failed its canary run: ${why}`, { code: 'MODEL_CANARY' });
}
