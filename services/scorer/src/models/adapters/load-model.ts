import { createHash } from 'node:crypto';
import { AppError, asError, invalidInput } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import { readModelFile } from '@fraudflow/learning';
import { OnnxModel } from './onnx-model.js';
import { runCanary } from '../canary.js';
import type { ModelArtifact } from '../model-artifact.js';
import type { ScoringModel } from '../scoring-model.port.js';

export interface LoadRules {
  readonly maxBytes: number;
  readonly maxRowTreesPerRun: number;
  /** Features of the stream; the model may use no others. */
  readonly streamed: Pick<StreamedFeatures, 'require'>;
}

/**
 * Turns untrusted bytes into a model that may serve: inspects, loads and warms it up, and tests it on canary rows.
 * @throws AppError invalid_input with a code (ONNX_*, MODEL_*) if the file is unfit; its native memory is freed.
 */
export async function loadModel(artifact: ModelArtifact, rules: LoadRules): Promise<ScoringModel> {
  const { name, version, onnx } = artifact;
  const { scoringJson } = artifact;
  const { inspection, signature, properties } = readModelFile(onnx, {
    scoringJson,
    limits: { maxBytes: rules.maxBytes },
  });
  rules.streamed.require(signature.featureNames);
  const model = await created(onnx, {
    name,
    version,
    signature,
    properties,
    digest: createHash('sha256').update(onnx).digest('hex'),
    maxRowsPerRun: rowsPerRun(rules.maxRowTreesPerRun, inspection.trees, onnx.length),
  });
  try {
    await runCanary(model, properties);
    return model;
  } catch (thrown) {
    await model.release();
    if (thrown instanceof AppError && thrown.kind === 'invalid_input') throw thrown;
    throw invalidInput(`the model does not run: ${asError(thrown).message}`, { code: 'MODEL_CANARY', cause: thrown });
  }
}

/**
 * Largest number of rows of one native call, which blocks the event loop. A row of a tree model costs one unit per
 * tree. A row of another model (linear, dense layers, support vectors) uses every weight, and 64 weights (256 bytes of
 * the file) cost about as much as one tree.
 */
export function rowsPerRun(maxRowTrees: number, trees: number, fileBytes: number): number {
  const unitsPerRow = trees > 0 ? trees : Math.max(1, fileBytes / BYTES_PER_TREE);
  return Math.max(1, Math.floor(maxRowTrees / unitsPerRow));
}

const BYTES_PER_TREE = 256;

async function created(onnx: Uint8Array, options: Parameters<typeof OnnxModel.create>[1]): Promise<OnnxModel> {
  try {
    return await OnnxModel.create(onnx, options);
  } catch (thrown) {
    const reason = asError(thrown).message;
    throw invalidInput(`ONNX Runtime refuses the model: ${reason}`, { code: 'MODEL_UNLOADABLE', cause: thrown });
  }
}
