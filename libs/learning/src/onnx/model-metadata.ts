/** Metadata of a model file, so that a scorer needs only the file. */
export interface ModelMetadata {
  /** Feature service of the columns, `name` or `name:version`. */
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
