import { defined, invalidInput } from '@fraudflow/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RunnableModel } from './runnable-model.js';

/**
 * `session.run` is native work on the caller's thread, so rows are run in slices, and the event loop runs in between.
 */
const ROWS_PER_RUN = 1_000;

/** Input fed and output fetched. */
type Names = Pick<RunnableModel['signature'], 'inputName' | 'outputName'>;

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
