import { inspectOnnx, type OnnxInspection } from './inspect-onnx.js';
import { METADATA_KEYS } from './model-metadata.js';
import { type ModelProperties, readModelProperties } from './model-properties.js';
import { chooseSignature, type OnnxSignature } from './model-signature.js';
import type { OnnxLimits } from './onnx-policy.js';
import { unfitModel } from './unfit-model.js';

/** All that a model file, ours or of another maker, says about itself. */
export interface ModelFile {
  readonly inspection: OnnxInspection;
  readonly signature: OnnxSignature;
  readonly properties: ModelProperties;
  /** Feature service the columns come from, `name` or `name:version`; undefined for files of other makers. */
  readonly featureService: string | undefined;
  /** End (exclusive) of the event time it has learnt from, ms; undefined for files of other makers. */
  readonly trainedUntilMs: number | undefined;
}

export interface ReadModelOptions {
  /** Text of `scoring.json` beside the model, where there is one. */
  readonly scoringJson?: string | undefined;
  readonly limits?: Partial<OnnxLimits>;
}

/**
 * The one way from untrusted bytes to what may be run and how: the registry, the trainer and the scorer agree because all of them read
 * files here. Runs nothing; the bytes read must be the bytes that are then loaded.
 * @throws AppError invalid_input with code ONNX_MALFORMED, ONNX_TOO_LARGE, ONNX_FORBIDDEN or MODEL_SIGNATURE.
 */
export function readModelFile(bytes: Uint8Array, { scoringJson, limits }: ReadModelOptions = {}): ModelFile {
  const inspection = inspectOnnx(bytes, limits);
  const { metadata } = inspection;
  return {
    inspection,
    signature: chooseSignature(inspection, scoringJson),
    properties: readModelProperties(metadata, scoringJson),
    featureService: metadata[METADATA_KEYS.featureService],
    trainedUntilMs: timeOf(metadata[METADATA_KEYS.trainingToMs]),
  };
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeMs = Number(text);
  if (text !== '' && Number.isSafeInteger(timeMs)) return timeMs;
  throw unfitModel(`metadata ${METADATA_KEYS.trainingToMs} is not a time in ms`);
}
