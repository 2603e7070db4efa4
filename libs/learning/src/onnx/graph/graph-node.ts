import { type Field, readFields } from '../protobuf/message-reader.js';
import { ATTRIBUTE, NODE, TENSOR } from '../protobuf/onnx-schema.js';

/** A tensor stored in the file, reduced to what other values' sizes depend on. */
export interface ConstantTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Elements of a small int64 tensor, such as a shape or axes; else undefined. */
  readonly integers: readonly number[] | undefined;
}

/** An attribute of an operator, without long lists of numbers. */
export interface NodeAttribute {
  readonly integer?: number;
  readonly integers?: readonly number[];
  /** Entries of `floats`, `ints` and `strings` together. */
  readonly length: number;
  readonly tensor?: ConstantTensor;
}

/** An operator of the graph with the names of its inputs and outputs. */
export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, NodeAttribute>;
}

/** Attributes with one entry per tree node, leaf or weight: most of the file, and sizes do not depend on them. */
const TREE_LISTS = /^(nodes|class|target)_/;
const INT64 = 7;
/** Bound of shapes and axes. */
const MAX_INTEGERS = 64;
const MAX_PACKED_BYTES = 10 * MAX_INTEGERS;

/** Decodes a NodeProto. */
export function readNode(bytes: Uint8Array): GraphNode {
  let operator = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, NodeAttribute>();
  for (const field of readFields(bytes)) {
    if (field.number === NODE.opType) operator = field.text();
    else if (field.number === NODE.input) inputs.push(field.text());
    else if (field.number === NODE.output) outputs.push(field.text());
    else if (field.number === NODE.attribute) {
      const { name, attribute } = readAttribute(field.bytes());
      attributes.set(name, attribute);
    }
  }
  return { operator, inputs, outputs, attributes };
}

function readAttribute(bytes: Uint8Array): { readonly name: string; readonly attribute: NodeAttribute } {
  let name = '';
  let integer: number | undefined;
  let tensor: ConstantTensor | undefined;
  let length = 0;
  const integers: number[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === ATTRIBUTE.name) name = field.text();
    else if (TREE_LISTS.test(name)) break;
    else if (field.number === ATTRIBUTE.int) integer = field.integer();
    else if (field.number === ATTRIBUTE.tensor) tensor = readTensor(field.bytes());
    else if (field.number === ATTRIBUTE.strings) length++;
    else if (field.number === ATTRIBUTE.floats) length += field.length / Float32Array.BYTES_PER_ELEMENT;
    else if (field.number === ATTRIBUTE.ints) length += addIntegers(field, integers);
  }
  return {
    name,
    attribute: {
      length,
      ...(integer !== undefined && { integer }),
      ...(integers.length > 0 && { integers }),
      ...(tensor !== undefined && { tensor }),
    },
  };
}

/**
 * Decodes at most {@link MAX_INTEGERS} integers; sizes do not depend on longer lists.
 * @returns upper bound of the number of integers in the field
 */
function addIntegers(field: Field, into: number[]): number {
  // An unpacked field has one integer. In a packed field each integer takes at least one byte.
  const count = field.isPacked ? field.length : 1;
  if (count > MAX_PACKED_BYTES || into.length >= MAX_INTEGERS) return count;
  const values = [...field.integers()];
  into.push(...values.slice(0, MAX_INTEGERS - into.length));
  return values.length;
}

/** Decodes a TensorProto. */
export function readTensor(bytes: Uint8Array): ConstantTensor {
  let name = '';
  let type = 0;
  const dims: number[] = [];
  const integers: number[] = [];
  let raw: Uint8Array | undefined;
  for (const field of readFields(bytes)) {
    if (field.number === TENSOR.dims) dims.push(...field.integers());
    else if (field.number === TENSOR.dataType) type = field.integer();
    else if (field.number === TENSOR.int64Data) addIntegers(field, integers);
    else if (field.number === TENSOR.rawData) raw = field.bytes();
    else if (field.number === TENSOR.name) name = field.text();
  }
  return { name, dims, integers: type === INT64 ? fewIntegers(dims, integers, raw) : undefined };
}

function fewIntegers(dims: readonly number[], listed: readonly number[], raw: Uint8Array | undefined) {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (!(count >= 0 && count <= MAX_INTEGERS)) return undefined;
  if (raw === undefined) return listed.length === count ? listed : undefined;
  if (raw.length !== count * BigInt64Array.BYTES_PER_ELEMENT) return undefined;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: count }, (_, at) => Number(view.getBigInt64(at * 8, true)));
}
