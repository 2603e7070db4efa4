import { defined, failedPrecondition, invalidInput } from '@fraudflow/core';
import type { OnnxSignature } from '@fraudflow/learning';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * Largest allowed difference between a probability of the native model and of the exported one: a few float32 rounding
 * steps (2^-24 each, for values below 1).
 */
export const PROBABILITY_TOLERANCE = 2e-7;

/**
 * `session.run` is native work on the caller's thread, so rows are run in slices, and the event loop runs in between.
 */
const ROWS_PER_RUN = 1_000;

type Names = Pick<OnnxSignature, 'inputName' | 'outputName'>;

/**
 * Runs an ONNX model with one thread over row-major float32 rows.
 * @param names input fed and output fetched; the first ones by default
 * @returns one value a row: the output's, or of two columns the second (probability of fraud)
 * @throws AppError invalid_input (MODEL_UNLOADABLE) if the output is not one or two float32 values per row.
 */
export async function onnxOutputs(
  model: Uint8Array,
  rows: Float32Array,
  features: number,
  names?: Names,
): Promise<Float32Array> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  try {
    const chosen = names ?? {
      inputName: defined(session.inputNames[0], 'model input'),
      outputName: defined(session.outputNames[0], 'model output'),
    };
    const outputs = new Float32Array(rows.length / features);
    for (let row = 0; row < outputs.length; row += ROWS_PER_RUN) {
      const slice = rows.slice(row * features, (row + ROWS_PER_RUN) * features);
      outputs.set(await runOnce(session, slice, features, chosen), row);
    }
    return outputs;
  } finally {
    await session.release();
  }
}

async function runOnce(
  session: InferenceSession,
  rows: Float32Array,
  features: number,
  { inputName, outputName }: Names,
): Promise<Float32Array> {
  const count = rows.length / features;
  const results = await session.run({ [inputName]: new Tensor('float32', rows, [count, features]) }, [outputName]);
  const data = results[outputName]?.data;
  const columns = data instanceof Float32Array ? data.length / count : 0;
  if (!(data instanceof Float32Array) || (columns !== 1 && columns !== 2)) {
    throw invalidInput(`the model's output ${outputName} is not one or two float32 values per row`, {
      code: 'MODEL_UNLOADABLE',
    });
  }
  return columns === 1 ? data : Float32Array.from({ length: count }, (_, row) => data[row * 2 + 1] ?? Number.NaN);
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
