import { unfitModel } from './graph/unfit-model.js';

/** Content of `scoring.json`, which may accompany a foreign model; all fields are optional. */
export interface ScoringJson {
  /** `feature_names`: columns of the input, in order. */
  readonly featureNames?: readonly string[];
  /** `threshold`: lowest probability at which a transaction counts as fraud, 0 to 1. */
  readonly threshold?: unknown;
  /** `missing_values`: `accepted` (default) or `unsupported`. */
  readonly missingValues?: unknown;
}

/**
 * @param text of `scoring.json`; undefined if there is none
 * @throws AppError invalid_input MODEL_SIGNATURE if it is not a JSON object or `feature_names` is not a list of names.
 */
export function parseScoringJson(text: string | undefined): ScoringJson {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw unfitModel('scoring.json is not JSON', thrown);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unfitModel('scoring.json is not an object');
  }
  const declared = value as Readonly<Record<string, unknown>>;
  const names = declared['feature_names'];
  if (names !== undefined && !isNames(names)) throw unfitModel('feature_names in scoring.json is not a list of names');
  return {
    ...(names !== undefined && { featureNames: names }),
    threshold: declared['threshold'],
    missingValues: declared['missing_values'],
  };
}

/** True for a list of at least one text. */
export function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
}
