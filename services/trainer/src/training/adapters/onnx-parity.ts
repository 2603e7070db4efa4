import { assert, defined, failedPrecondition } from '@fraudflow/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Largest difference of probabilities that an exported model may show, from contracts/models.md section 7. */
export const PROBABILITY_TOLERANCE = 2e-7;

/** `session.run` is native work on the caller's thread, so rows go in slices with the event loop served in between. */
const ROWS_PER_RUN = 1_000;

/**
 * Runs an ONNX model with one thread over row-major float32 rows.
 * @returns its first output, one value a row
 */
export async function onnxOutputs(model: Uint8Array, rows: Float32Array, features: number): Promise<Float32Array> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  try {
    const outputs = new Float32Array(rows.length / features);
    for (let row = 0; row < outputs.length; row += ROWS_PER_RUN) {
      const slice = rows.slice(row * features, (row + ROWS_PER_RUN) * features);
      outputs.set(await runOnce(session, slice, features), row);
    }
    return outputs;
  } finally {
    await session.release();
  }
}

async function runOnce(session: InferenceSession, rows: Float32Array, features: number): Promise<Float32Array> {
  const input = defined(session.inputNames[0], 'model input');
  const output = defined(session.outputNames[0], 'model output');
  const results = await session.run({ [input]: new Tensor('float32', rows, [rows.length / features, features]) });
  const { data } = defined(results[output], 'model output');
  assert(data instanceof Float32Array, 'the model output is float32');
  return data;
}

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
