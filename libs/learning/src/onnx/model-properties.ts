import { METADATA_KEYS } from './model-metadata.js';
import { parseScoringJson } from './scoring-json.js';
import { unfitModel } from './graph/unfit-model.js';

/** Declared properties of a model besides its signature. */
export interface ModelProperties {
  /** Lowest probability at which a transaction counts as fraud, 0 to 1; undefined if not declared. */
  readonly threshold: number | undefined;
  /** False: the model gives no valid score for a row with a missing value (NaN). */
  readonly acceptsMissing: boolean;
}

/** Key of the ONNX `metadata_props`; values as `missing_values` of `scoring.json`. */
export const MISSING_VALUES_KEY = 'fraudflow.missing_values';

/**
 * Reads the properties from the file's metadata, else from `scoring.json`: `threshold` (0 to 1) and `missing_values`
 * (`accepted`, the default, or `unsupported`).
 * @param metadata `OnnxInspection.metadata`
 * @throws AppError invalid_input MODEL_SIGNATURE for other values.
 */
export function readModelProperties(
  metadata: Readonly<Record<string, string>>,
  scoringJson: string | undefined,
): ModelProperties {
  const declared = parseScoringJson(scoringJson);
  return {
    threshold:
      thresholdOf(metadata[METADATA_KEYS.threshold], 'the metadata of the file') ??
      thresholdOf(declared.threshold, 'scoring.json'),
    acceptsMissing:
      acceptsMissing(metadata[MISSING_VALUES_KEY], 'the metadata of the file') ??
      acceptsMissing(declared.missingValues, 'scoring.json') ??
      true,
  };
}

function thresholdOf(value: unknown, where: string): number | undefined {
  if (value === undefined) return undefined;
  const isText = typeof value === 'string' && value.trim() !== '';
  const number = isText || typeof value === 'number' ? Number(value) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw unfitModel(`threshold in ${where} is not a number from 0 to 1`);
}

function acceptsMissing(value: unknown, where: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === 'accepted') return true;
  if (value === 'unsupported') return false;
  throw unfitModel(`missing_values in ${where} is neither "accepted" nor "unsupported"`);
}
