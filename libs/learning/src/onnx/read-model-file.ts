import { inspectOnnx, type OnnxInspection } from './graph/inspect-onnx.js';
import { METADATA_KEYS } from './model-metadata.js';
import { type ModelProperties, readModelProperties } from './model-properties.js';
import { chooseSignature, type OnnxSignature } from './model-signature.js';
import type { OnnxLimits } from './graph/onnx-policy.js';
import { unfitModel } from './graph/unfit-model.js';

/** Everything that a model file declares; also for foreign (not FraudFlow) models. */
export interface ModelFile {
  readonly inspection: OnnxInspection;
  readonly signature: OnnxSignature;
  readonly properties: ModelProperties;
  /** Feature service of the columns, `name` or `name:version`; undefined for foreign models. */
  readonly featureService: string | undefined;
  /** End (exclusive) of the event time of its training rows, ms; undefined for foreign models. */
  readonly trainedUntilMs: number | undefined;
}

/** Files that accompany a model file. */
export interface ReadModelOptions {
  /** Text of `scoring.json` in the model's folder; absent if there is none. */
  readonly scoringJson?: string | undefined;
  readonly limits?: Partial<OnnxLimits>;
}

/**
 * Inspects an untrusted model file and reads its signature, properties and metadata. The trainer and the scorer both
 * use this function, so they accept the same files. Does not run the model. Load the same bytes that were read.
 * @param bytes the whole ONNX file.
 * @returns all declarations of the file.
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
