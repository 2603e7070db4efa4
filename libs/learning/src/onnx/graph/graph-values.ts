import { invalidInput } from '@fraudflow/core';
import type { ConstantTensor, GraphNode } from './graph-node.js';
import { sizeAfter } from './operator-sizes.js';
import type { OnnxValueInfo } from '../protobuf/read-value-info.js';
import { sizeOf, unshaped, type ValueSize } from './value-size.js';

/** Rows of one run; the trainer scores batches of this size. */
const ROWS = 1_000;

export interface Graph {
  readonly inputs: readonly OnnxValueInfo[];
  readonly constants: readonly ConstantTensor[];
  readonly nodes: readonly GraphNode[];
}

/**
 * Upper bound of the total number of elements of all intermediate values for a run of 1,000 rows. Propagates shapes
 * through the operators without running them. Reason: 40 × `Concat(x, x)` is a file of 1 KB with a value of 2^40
 * elements. O(nodes).
 * @throws AppError invalid_input ONNX_MALFORMED if an operator reads an undefined value.
 */
export function countGraphValues({ inputs, constants, nodes }: Graph): number {
  const sizes = new Map<string, ValueSize>();
  const integers = new Map<string, readonly number[]>();
  const constant = ({ name, dims, integers: numbers }: ConstantTensor): void => {
    sizes.set(name, sizeOf(dims));
    if (numbers) integers.set(name, numbers);
  };
  for (const { name, shape } of inputs) sizes.set(name, sizeOf(shape.map((dim) => dim ?? ROWS)));
  for (const tensor of constants) constant(tensor);
  let total = 0;
  for (const node of nodes) {
    const size = sizeOfOutputs(node, sizes, integers);
    for (const name of node.outputs) {
      sizes.set(name, size);
      total += size.count;
    }
    const tensor = node.operator === 'Constant' ? node.attributes.get('value')?.tensor : undefined;
    const [name] = node.outputs;
    if (tensor && name !== undefined) constant({ ...tensor, name });
  }
  return total;
}

function sizeOfOutputs(
  node: GraphNode,
  sizes: ReadonlyMap<string, ValueSize>,
  integers: ReadonlyMap<string, readonly number[]>,
): ValueSize {
  // An empty name is an absent optional input.
  const given = node.inputs.filter((name) => name !== '');
  const [first, ...others] = given.map((name) => sizes.get(name) ?? undefinedValue(node.operator, name));
  if (first === undefined) return unshaped(Math.max(1, ...[...node.attributes.values()].map(({ length }) => length)));
  return sizeAfter({
    node,
    inputs: [first, ...others],
    constant: (position) => integers.get(node.inputs[position] ?? ''),
  });
}

function undefinedValue(operator: string, name: string): never {
  throw invalidInput(
    `malformed ONNX file: ${operator} reads "${name.slice(0, 100)}", which no earlier operator defines`,
    {
      code: 'ONNX_MALFORMED',
    },
  );
}
