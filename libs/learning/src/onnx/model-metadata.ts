import { invalidInput } from '@fraudflow/core';

/** Metadata of a model file, so that a scorer needs only the file. */
export interface ModelMetadata {
  /** Feature service the columns come from, `name` or `name:version`. */
  readonly featureService: string;
  /** sha256 (hex) of the training rows, see `dataDigest`. */
  readonly dataDigest: string;
  /** Event time of the training rows, [fromMs, toMs), Unix epoch milliseconds. */
  readonly trainingRange: { readonly fromMs: number; readonly toMs: number };
  /** Decision threshold on the probability, 0..1. */
  readonly threshold: number;
}

/** Keys of the ONNX `metadata_props` written by {@link modelMetadataEntries}. */
export const METADATA_KEYS = {
  featureNames: 'fraudflow.feature_names',
  featureService: 'fraudflow.feature_service',
  dataDigest: 'fraudflow.data_digest',
  trainingFromMs: 'fraudflow.training_from_ms',
  trainingToMs: 'fraudflow.training_to_ms',
  threshold: 'fraudflow.threshold',
} as const;

/** Metadata as ONNX key/value text, feature names as a JSON list in column order. */
export function modelMetadataEntries(metadata: ModelMetadata, featureNames: readonly string[]): [string, string][] {
  return [
    [METADATA_KEYS.featureNames, JSON.stringify(featureNames)],
    [METADATA_KEYS.featureService, metadata.featureService],
    [METADATA_KEYS.dataDigest, metadata.dataDigest],
    [METADATA_KEYS.trainingFromMs, String(metadata.trainingRange.fromMs)],
    [METADATA_KEYS.trainingToMs, String(metadata.trainingRange.toMs)],
    [METADATA_KEYS.threshold, String(metadata.threshold)],
  ];
}

/**
 * Reads the entries back. Models of other makers carry none: then `undefined`.
 * @throws AppError invalid_input if the entries are there but broken.
 */
export function readModelMetadata(
  entries: Readonly<Record<string, string>>,
): (ModelMetadata & { readonly featureNames: readonly string[] }) | undefined {
  const names = entries[METADATA_KEYS.featureNames];
  if (names === undefined) return undefined;
  return {
    featureNames: parseNames(names),
    featureService: entries[METADATA_KEYS.featureService] ?? '',
    dataDigest: entries[METADATA_KEYS.dataDigest] ?? '',
    trainingRange: {
      fromMs: parseNumber(entries, METADATA_KEYS.trainingFromMs),
      toMs: parseNumber(entries, METADATA_KEYS.trainingToMs),
    },
    threshold: parseNumber(entries, METADATA_KEYS.threshold),
  };
}

function parseNumber(entries: Readonly<Record<string, string>>, key: string): number {
  const text = entries[key] ?? '';
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw invalidInput(`model metadata ${key} is not a number: "${text}"`);
  return value;
}

function parseNames(text: string): string[] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch (error) {
    throw invalidInput(`model metadata ${METADATA_KEYS.featureNames} is not JSON`, { cause: error });
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw invalidInput(`model metadata ${METADATA_KEYS.featureNames} is not a list of names`);
  }
  return names;
}
