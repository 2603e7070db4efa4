import { type AppError, failedPrecondition } from '@fraudflow/core';
import { checkOnnxParity, type RunnableModel, scoreOnnx } from '@fraudflow/inference';
import { type Calibration, type ModelMetadata, type OnnxExportOptions, readModelFile } from '@fraudflow/learning';
import { type FeatureRows, inFeatureOrder } from './feature-rows.js';

/** A trained model. */
export interface NativeModel {
  /**
   * Writes the servable file. The same arguments give the same bytes.
   * @param metadata facts and decision threshold that are written into it
   * @param calibration map from margin to probability inside the file; without one the file scores as `score` does
   * @returns the bytes of an ONNX file that has passed the scorer's checks.
   * @throws AppError invalid_input for an unusable calibration; failed_precondition if the file fails the checks.
   */
  toOnnx(metadata: ModelMetadata, calibration?: Calibration): Uint8Array;
  /** Fraud probabilities, 0 to 1, computed by the exported file without calibration; features are mapped by name. */
  score(rows: FeatureRows): Promise<Float32Array>;
  /** Facts of the training itself, e.g. the version of the library. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A model as it was trained, before its export. */
export interface TrainedForExport {
  readonly write: (options: OnnxExportOptions) => Uint8Array;
  /** Margins of the trained model itself for the rows of the parity check. */
  readonly margins: Float32Array;
  /** Largest allowed difference of probabilities between the trained model and its file. */
  readonly tolerance: number;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Placeholder metadata of a file that is used for scoring only and never stored. */
const UNNAMED: ModelMetadata = {
  featureService: '',
  dataDigest: '',
  trainingRange: { fromMs: 0, toMs: 0 },
  threshold: 0.5,
};

/**
 * Exports a trained model and compares the file with it.
 * @param sample rows of the parity check, row-major with these columns
 * @throws AppError failed_precondition: ONNX_PARITY if they differ, or the file fails the scorer's checks.
 */
export async function exportedModel(
  trained: TrainedForExport,
  featureNames: readonly string[],
  sample: Float32Array,
): Promise<NativeModel> {
  const { write, margins, tolerance, parameters } = trained;
  const toModel = (metadata: ModelMetadata, calibration?: Calibration): RunnableModel =>
    readable(write({ featureNames, metadata, ...(calibration && { calibration }) }));
  const model = toModel(UNNAMED);
  await checkOnnxParity(model.bytes, sample, featureNames.length, { margins, tolerance });
  return {
    toOnnx: (metadata, calibration) => toModel(metadata, calibration).bytes,
    score: (rows) => scoreOnnx(model, inFeatureOrder(rows, model.signature.featureNames)),
    parameters,
  };
}

/** @throws AppError if the exported file fails the checks of the scorer. */
function readable(bytes: Uint8Array): RunnableModel {
  try {
    return { bytes, signature: readModelFile(bytes).signature };
  } catch (thrown) {
    throw failedPrecondition(`the exported model fails the scorer's checks: ${(thrown as AppError).message}`, {
      cause: thrown,
    });
  }
}
