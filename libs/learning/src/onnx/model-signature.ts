import { FEATURE_NAMES, isFeatureName } from '@fraudflow/features';
import type { OnnxInspection } from './graph/inspect-onnx.js';
import { METADATA_KEYS } from './model-metadata.js';
import type { OnnxValueInfo } from './protobuf/read-value-info.js';
import { isNames, parseScoringJson, type ScoringJson } from './scoring-json.js';
import { unfitModel } from './graph/unfit-model.js';

/** Input, output and column names of an ONNX file. */
export interface OnnxSignature {
  readonly inputName: string;
  readonly outputName: string;
  /** Columns of the input, in this order. */
  readonly featureNames: readonly string[];
}

const PREFERRED_OUTPUT = 'fraud_probability';

/**
 * Chooses input, output and column names of a model: its one float32 input [batch, features]; as output
 * `fraud_probability`, else the one float tensor of [batch, 1] or [batch, 2] (scikit-learn, XGBoost and LightGBM
 * converters also emit a label). Column names are read from the file, else from `scoring.json`, else they
 * are those of the feature service.
 * @param scoringJson text of the file `scoring.json` in the model's folder
 * @throws AppError invalid_input MODEL_SIGNATURE if there is no such input, output or column list.
 */
export function chooseSignature(inspection: OnnxInspection, scoringJson?: string): OnnxSignature {
  const [input, ...others] = inspection.inputs;
  if (!input || others.length > 0) throw unfitModel(`it has ${inspection.inputs.length} inputs, not one`);
  if (input.kind !== 'tensor' || input.dtype !== 'float32')
    throw unfitModel(`its input is not float32 but ${input.dtype}`);
  const featureNames = featureNamesOf(inspection, parseScoringJson(scoringJson));
  const width = input.shape[1];
  if (input.shape.length !== 2)
    throw unfitModel(`its input has ${input.shape.length} dimensions, not [batch, features]`);
  if (width !== null && width !== undefined && width !== featureNames.length) {
    throw unfitModel(`its input is ${width} wide but ${featureNames.length} features are named`);
  }
  return { inputName: input.name, outputName: chooseOutput(inspection.outputs).name, featureNames };
}

function chooseOutput(outputs: readonly OnnxValueInfo[]): OnnxValueInfo {
  const tensors = outputs.filter((output) => output.kind === 'tensor' && output.dtype === 'float32');
  const named = tensors.find((output) => output.name === PREFERRED_OUTPUT);
  const chosen = named ?? tensors.find((output) => /prob/i.test(output.name)) ?? tensors[0];
  if (!chosen) throw unfitModel('it has no float32 tensor of probabilities among its outputs (export without ZipMap)');
  const width = chosen.shape.length > 1 ? chosen.shape.at(-1) : 1;
  if (chosen.shape.length > 2 || (typeof width === 'number' && width > 2)) {
    throw unfitModel(`its output ${chosen.name} is [${chosen.shape.join(', ')}], not one or two probabilities a row`);
  }
  return chosen;
}

function featureNamesOf({ metadata }: OnnxInspection, declared: ScoringJson): readonly string[] {
  const listed = metadata[METADATA_KEYS.featureNames] ?? metadata['feature_names'];
  const names = listed === undefined ? declared.featureNames : parseNames(listed);
  const unknown = (names ?? []).filter((name) => !isFeatureName(name));
  if (unknown.length > 0) throw unfitModel(`it needs features that do not exist: ${unknown.slice(0, 10).join(', ')}`);
  if (names && new Set(names).size < names.length) throw unfitModel('it names a feature twice');
  return names ?? FEATURE_NAMES;
}

function parseNames(text: string): readonly string[] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch (thrown) {
    throw unfitModel('metadata feature_names is not JSON', thrown);
  }
  if (isNames(names)) return names;
  throw unfitModel('metadata feature_names is not a list of names');
}
