import { failedPrecondition } from '@fraudflow/core';
import { onnxOutputs } from './run-onnx.js';

/**
 * Largest allowed difference between a probability of the native model and of the exported one: a few float32 rounding
 * steps (2^-24 each, for values below 1).
 */
export const PROBABILITY_TOLERANCE = 2e-7;

/** What the exported model is compared with. */
export interface ExpectedMargins {
  /** Log-odds by the trained model, one a row. */
  readonly margins: Float32Array;
  /** Largest allowed difference of probabilities. Default {@link PROBABILITY_TOLERANCE}. */
  readonly tolerance?: number;
}

/**
 * Compares the exported model, without calibration, with the trained one on the same rows.
 * @param rows row-major float32, NaN missing
 * @param features columns of each row
 * @returns the largest difference of probabilities
 * @throws AppError failed_precondition (ONNX_PARITY) if it exceeds the tolerance or a probability is not a number.
 */
export async function checkOnnxParity(
  model: Uint8Array,
  rows: Float32Array,
  features: number,
  { margins, tolerance = PROBABILITY_TOLERANCE }: ExpectedMargins,
): Promise<number> {
  const actual = await onnxOutputs(model, rows, features);
  const worst = margins.reduce((largest, margin, row) => {
    const difference = Math.abs(1 / (1 + Math.exp(-margin)) - (actual[row] ?? NaN));
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
  if (worst <= tolerance) return worst;
  throw failedPrecondition(`the exported model differs from the trained one by ${worst}, more than ${tolerance}`, {
    code: 'ONNX_PARITY',
  });
}
