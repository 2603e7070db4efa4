import { tensorflow, tensorflowServing } from '@fraudflow/contracts';
import { shapeProto } from './tensor-codec.js';

export const DEFAULT_SIGNATURE = 'serving_default';
/** Signature of the same prediction with one input per feature. */
export const NAMED_SIGNATURE = 'named_features';
export const MATRIX_INPUT = 'features';
export const OUTPUT = 'fraud_probability';
const PREDICT_METHOD = 'tensorflow/serving/predict';
const SIGNATURE_MAP_URL = 'type.googleapis.com/tensorflow.serving.SignatureDefMap';

/** The model's signatures as the `Any` message of GetModelMetadata. */
export function signatureMetadata(featureNames: readonly string[]): { typeUrl: string; value: Buffer } {
  const matrix = { [MATRIX_INPUT]: floatInfo(MATRIX_INPUT, [-1, featureNames.length]) };
  const named = Object.fromEntries(featureNames.map((name) => [name, floatInfo(name, [-1])]));
  const value = tensorflowServing.SignatureDefMap.encode({
    signatureDef: { [DEFAULT_SIGNATURE]: signature(matrix), [NAMED_SIGNATURE]: signature(named) },
  }).finish();
  return { typeUrl: SIGNATURE_MAP_URL, value: Buffer.from(value) };
}

function signature(inputs: Record<string, tensorflow.TensorInfo>): tensorflow.SignatureDef {
  return { inputs, outputs: { [OUTPUT]: floatInfo(OUTPUT, [-1, 1]) }, methodName: PREDICT_METHOD };
}

function floatInfo(name: string, shape: readonly number[]): tensorflow.TensorInfo {
  return { name, dtype: tensorflow.DataType.DT_FLOAT, tensorShape: shapeProto(shape) };
}
