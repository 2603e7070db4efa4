import { createHash } from 'node:crypto';
import { AppError, asError, invalidInput } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import { readModelFile } from '@fraudflow/learning';
import { OnnxModel } from './adapters/onnx-model.js';
import { runCanary } from './canary.js';
import type { ModelArtifact } from './model-artifact.js';
import type { ScoringModel } from './scoring-model.port.js';

export interface LoadRules {
  readonly maxBytes: number;
  readonly maxRowTreesPerRun: number;
  /** Where the model has to find its features. */
  readonly streamed: Pick<StreamedFeatures, 'require'>;
}

/**
 * From untrusted bytes to a model that may serve: inspected, loaded, warmed up and tried on canary rows.
 * @throws AppError invalid_input with a code (ONNX_*, MODEL_*) if the file is not fit; nothing is left behind then.
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
    maxRowsPerRun: Math.max(1, Math.floor(rules.maxRowTreesPerRun / Math.max(1, inspection.trees))),
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

async function created(onnx: Uint8Array, options: Parameters<typeof OnnxModel.create>[1]): Promise<OnnxModel> {
  try {
    return await OnnxModel.create(onnx, options);
  } catch (thrown) {
    const reason = asError(thrown).message;
    throw invalidInput(`ONNX Runtime refuses the model: ${reason}`, { code: 'MODEL_UNLOADABLE', cause: thrown });
  }
}
