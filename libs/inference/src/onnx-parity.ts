import { failedPrecondition } from '@fraudflow/core';
import { onnxOutputs } from './run-onnx.js';

/**
 * Largest allowed difference between a probability of the native model and of the exported one: a few float32 rounding
 * steps (2^-24 each, for values below 1).
 */
export const PROBABILITY_TOLERANCE = 2e-7;

/**
 * Compares the exported model with the trained one on the same rows.
 * @param margins log-odds of the trained model, as `TrainedModel.margins`
 * @returns the largest difference of probabilities
 * @throws AppError failed_precondition if it exceeds {@link PROBABILITY_TOLERANCE}.
 */
export async function checkOnnxParity(
  model: Uint8Array,
  rows: Float32Array,
  features: number,
  margins: Float32Array,
): Promise<number> {
  const actual = await onnxOutputs(model, rows, features);
  const worst = margins.reduce((largest, margin, row) => {
    const difference = Math.abs(1 / (1 + Math.exp(-margin)) - (actual[row] ?? NaN));
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
  if (worst <= PROBABILITY_TOLERANCE) return worst;
  throw failedPrecondition(
    `the exported model differs from the trained one by ${worst}, more than ${PROBABILITY_TOLERANCE}`,
    {
      code: 'ONNX_PARITY',
    },
  );
}
