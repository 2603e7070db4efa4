import { tensorflow } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';

type TensorProto = tensorflow.TensorProto;

const FLOAT_BYTES = 4;
const MAX_RANK = 8;

/** A tensor of float32, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Reads a DT_FLOAT tensor from raw little-endian `tensor_content` or typed `float_val`. If there are fewer typed values
 * than the shape needs, the last value is repeated; without values all elements are 0. Source: TensorFlow
 * `tensor.proto`.
 * @param maxElements upper bound of the shape's size, because one repeated value could otherwise allocate any amount of
 * memory
 * @throws AppError invalid_input TENSOR_INVALID that names the input.
 */
export function readFloatTensor(tensor: TensorProto, name: string, maxElements: number): FloatTensor {
  if (tensor.dtype !== tensorflow.DataType.DT_FLOAT) {
    throw invalid(
      name,
      `must be DT_FLOAT, not ${tensorflow.DataType[tensor.dtype] ?? tensor.dtype}; cast it to float32`,
    );
  }
  const shape = shapeOf(tensor, name);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements > maxElements) throw invalid(name, `has ${elements} elements, more than the ${maxElements} allowed`);
  return { shape, values: valuesOf(tensor, name, elements) };
}

/** Creates a DT_FLOAT tensor with typed values, like the responses of TensorFlow Serving. */
export function writeFloatTensor(shape: readonly number[], values: Float32Array): TensorProto {
  return {
    dtype: tensorflow.DataType.DT_FLOAT,
    tensorShape: shapeProto(shape),
    versionNumber: 0,
    tensorContent: Buffer.alloc(0),
    floatVal: Array.from(values),
    doubleVal: [],
    intVal: [],
    stringVal: [],
    int64Val: [],
    boolVal: [],
  };
}

/** @param shape −1 marks a dimension of any size */
export function shapeProto(shape: readonly number[]): tensorflow.TensorShapeProto {
  return { dim: shape.map((size) => ({ size, name: '' })), unknownRank: false };
}

function shapeOf({ tensorShape }: TensorProto, name: string): number[] {
  if (tensorShape?.unknownRank) throw invalid(name, 'must have a known shape');
  const shape = (tensorShape?.dim ?? []).map((dim) => dim.size);
  if (shape.length > MAX_RANK) throw invalid(name, `has ${shape.length} dimensions`);
  if (shape.some((size) => size < 0)) throw invalid(name, `has the negative dimension in [${shape.join(', ')}]`);
  return shape;
}

function valuesOf(tensor: TensorProto, name: string, elements: number): Float32Array {
  const { tensorContent, floatVal } = tensor;
  if (tensorContent.length > 0) return rawValues(tensorContent, name, elements);
  if (floatVal.length > elements) {
    throw invalid(name, `carries ${floatVal.length} values but its shape has ${elements} elements`);
  }
  const values = new Float32Array(elements);
  values.set(floatVal);
  const last = floatVal.at(-1);
  return last === undefined ? values : values.fill(last, floatVal.length);
}

function rawValues(content: Buffer, name: string, elements: number): Float32Array {
  if (content.length !== elements * FLOAT_BYTES) {
    throw invalid(name, `carries ${content.length} bytes but its shape needs ${elements * FLOAT_BYTES}`);
  }
  const values = new Float32Array(elements);
  // The bytes may be unaligned in the request's buffer.
  for (let i = 0; i < elements; i++) values[i] = content.readFloatLE(i * FLOAT_BYTES);
  return values;
}

function invalid(name: string, problem: string): Error {
  return invalidInput(`input "${name}" ${problem}`, { code: 'TENSOR_INVALID', field: name });
}
