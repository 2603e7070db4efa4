import { ReferenceProfile, profileToJson } from '@fraudflow/drift';
import type { GateResult } from '@fraudflow/learning';
import type { TrainingColumns } from '../data/training-columns.js';
import { EVALUATION_FILE, renderEvaluation } from './evaluation-file.js';

/** File names in a version's folder, which the scorer and the drift monitor look for. */
export const MODEL_FILE = 'model.onnx';
export const PROFILE_FILE = 'reference-profile.json';

export interface VersionContent {
  readonly model: string;
  readonly onnx: Uint8Array;
  /** Rows that were not used for training, up to the present: the current distribution of the inputs. */
  readonly recent: TrainingColumns;
  /** The model's scores of those rows. */
  readonly scores: Float32Array;
  /** Event time of the newest of these rows. */
  readonly dataUntilMs: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly GateResult[];
}

/**
 * The files of a version: the model, how the MLflow client loads it, the reference profile that drift is measured
 * against, and the evaluation.
 */
export function modelFiles(content: VersionContent): Readonly<Record<string, Uint8Array | string>> {
  const { model, onnx, recent, scores, dataUntilMs, metrics, gates } = content;
  const profile = ReferenceProfile.build({
    model,
    // The registry assigns the number after the files are stored; readers take it from the version that they load.
    version: 'unregistered',
    featureNames: recent.featureNames,
    features: recent.featureNames.map((_, feature) => column(recent, feature)),
    scores,
    // The monitor evaluates data that are newer than those of the model and its reference profile.
    baseline: { ...metrics, data_until_ms: dataUntilMs },
  });
  return {
    [MODEL_FILE]: onnx,
    MLmodel: MLMODEL,
    [PROFILE_FILE]: JSON.stringify(profileToJson(profile)),
    [EVALUATION_FILE]: renderEvaluation({ metrics, gates }),
  };
}

/** Lets `mlflow.onnx.load_model` and `mlflow.pyfunc.load_model` open the folder. */
const MLMODEL = `flavors:
  onnx:
    data: model.onnx
    onnx_version: 1.15.0
    providers:
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
`;

function column(columns: TrainingColumns, feature: number): Float64Array {
  const width = columns.featureNames.length;
  const values = new Float64Array(columns.labels.length);
  for (let row = 0; row < values.length; row++) values[row] = columns.features[row * width + feature] ?? Number.NaN;
  return values;
}
