import { invalidInput } from '@fraudflow/core';
import { readFields } from './message-reader.js';
import { DIM, ELEMENT_TYPES, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './onnx-schema.js';

/** An input or output of the graph. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'map';
  /** Element type such as `float32`; `unknown` if the value is not a tensor. */
  readonly dtype: string;
  /** Dimensions; `null` where the size is free (the batch). */
  readonly shape: readonly (number | null)[];
}

/** Decodes a ValueInfoProto. @throws AppError invalid_input for sparse and optional types. */
export function readValueInfo(bytes: Uint8Array): OnnxValueInfo {
  let info: OnnxValueInfo = { name: '', kind: 'tensor', dtype: 'unknown', shape: [] };
  for (const field of readFields(bytes)) {
    if (field.number === VALUE_INFO.name) info = { ...info, name: field.text() };
    else if (field.number === VALUE_INFO.type) info = { ...info, ...readType(field.bytes()) };
  }
  return info;
}

function readType(bytes: Uint8Array): Partial<OnnxValueInfo> {
  for (const field of readFields(bytes)) {
    switch (field.number) {
      case TYPE.tensor:
        return { kind: 'tensor', ...readTensorType(field.bytes()) };
      case TYPE.sequence:
        return { kind: 'sequence' };
      case TYPE.map:
        return { kind: 'map' };
      case TYPE.sparseTensor:
      case TYPE.optional:
        throw invalidInput('the ONNX file declares a sparse or optional value', { code: 'ONNX_FORBIDDEN' });
    }
  }
  return {};
}

function readTensorType(bytes: Uint8Array): Pick<OnnxValueInfo, 'dtype' | 'shape'> {
  let dtype = 'unknown';
  const shape: (number | null)[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === TENSOR_TYPE.elementType) dtype = ELEMENT_TYPES[field.integer()] ?? 'unknown';
    if (field.number !== TENSOR_TYPE.shape) continue;
    for (const part of readFields(field.bytes())) {
      if (part.number === SHAPE.dim) shape.push(readDimension(part.bytes()));
    }
  }
  return { dtype, shape };
}

function readDimension(bytes: Uint8Array): number | null {
  for (const field of readFields(bytes)) {
    if (field.number !== DIM.value) continue;
    const size = field.integer();
    // Some exporters write -1 or 0 for a free dimension.
    return size > 0 ? size : null;
  }
  return null;
}
