import { invalidInput } from '@fraudflow/core';
import { METADATA_KEYS, type OnnxInspection, type OnnxValueInfo } from '@fraudflow/learning';
import { FEATURE_NAMES, isFeatureName } from '@fraudflow/features';
import { z } from 'zod';

/** What of an ONNX file is fed and fetched. */
export interface OnnxSignature {
  readonly inputName: string;
  readonly outputName: string;
  readonly featureNames: readonly string[];
}

const PREFERRED_OUTPUT = 'fraud_probability';
const namesSchema = z.array(z.string()).min(1);

/**
 * Chooses input, output and column names of a model. Taken are: one float32 input [batch, features]; as output
 * `fraud_probability`, else the one float tensor of [batch, 1] or [batch, 2] (scikit-learn, XGBoost and LightGBM
 * converters emit a label beside it). Column names come from the file, else from `scoring.json`, else the feature service's order.
 * @throws AppError invalid_input MODEL_SIGNATURE if that cannot be had.
 */
export function chooseSignature(inspection: OnnxInspection, scoringJson?: string): OnnxSignature {
  const [input, ...others] = inspection.inputs;
  if (!input || others.length > 0) throw unfit(`it has ${inspection.inputs.length} inputs, not one`);
  if (input.kind !== 'tensor' || input.dtype !== 'float32') throw unfit(`its input is not float32 but ${input.dtype}`);
  const featureNames = featureNamesOf(inspection, scoringJson);
  const width = input.shape[1];
  if (input.shape.length !== 2) throw unfit(`its input has ${input.shape.length} dimensions, not [batch, features]`);
  if (width !== null && width !== undefined && width !== featureNames.length) {
    throw unfit(`its input is ${width} wide but ${featureNames.length} features are named`);
  }
  return { inputName: input.name, outputName: chooseOutput(inspection.outputs).name, featureNames };
}

function chooseOutput(outputs: readonly OnnxValueInfo[]): OnnxValueInfo {
  const tensors = outputs.filter((output) => output.kind === 'tensor' && output.dtype === 'float32');
  const named = tensors.find((output) => output.name === PREFERRED_OUTPUT);
  const chosen = named ?? tensors.find((output) => /prob/i.test(output.name)) ?? tensors[0];
  if (chosen) return chosen;
  throw unfit('it has no float32 tensor of probabilities among its outputs (export without ZipMap)');
}

function featureNamesOf({ metadata }: OnnxInspection, scoringJson: string | undefined): readonly string[] {
  const listed = metadata[METADATA_KEYS.featureNames] ?? metadata['feature_names'];
  const names = listed === undefined ? namesIn(scoringJson) : parseNames(listed, 'metadata feature_names');
  const unknown = (names ?? []).filter((name) => !isFeatureName(name));
  if (unknown.length > 0) throw unfit(`it wants features that do not exist: ${unknown.join(', ')}`);
  return names ?? FEATURE_NAMES;
}

function namesIn(scoringJson: string | undefined): readonly string[] | undefined {
  if (scoringJson === undefined) return undefined;
  const parsed = z.object({ feature_names: namesSchema.optional() }).safeParse(parseJson(scoringJson, 'scoring.json'));
  if (!parsed.success) throw unfit('feature_names in scoring.json is not a list of names');
  return parsed.data.feature_names;
}

function parseNames(text: string, where: string): readonly string[] {
  const parsed = namesSchema.safeParse(parseJson(text, where));
  if (!parsed.success) throw unfit(`${where} is not a list of names`);
  return parsed.data;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw unfit(`${where} is not JSON`, thrown);
  }
}

function unfit(why: string, cause?: unknown): Error {
  return invalidInput(`the model cannot be served: ${why}`, { code: 'MODEL_SIGNATURE', cause });
}
