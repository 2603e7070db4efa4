import { fitLogisticRegression, logisticMargins, type LogisticSettings, writeLinearOnnx } from '@fraudflow/learning';
import type { LabelledRows } from './feature-rows.js';
import type { TrainedForExport } from './native-model.js';

/**
 * The file multiplies values that are not standardised by float32 weights, so it rounds more than a tree ensemble does;
 * see `writeLinearOnnx`.
 */
const LOGISTIC_TOLERANCE = 1e-6;

/** @param sample rows whose margins are returned @throws AppError as `fitLogisticRegression`. */
export function trainLogistic(settings: LogisticSettings, rows: LabelledRows, sample: Float32Array): TrainedForExport {
  const model = fitLogisticRegression(rows, settings);
  return {
    write: (options) => writeLinearOnnx(model, options),
    margins: logisticMargins(model, sample),
    tolerance: LOGISTIC_TOLERANCE,
    parameters: { newton_steps: String(model.iterations) },
  };
}
