import { invalidInput } from '@fraudflow/core';
import type { ConstantTensor, GraphNode } from './graph-node.js';
import { sizeAfter } from './operator-sizes.js';
import type { OnnxValueInfo } from './read-value-info.js';
import { sizeOf, unshaped, type ValueSize } from './value-size.js';

/** Rows of one run, as many as the trainer gives a model at once. */
const ROWS = 1_000;

export interface Graph {
  readonly inputs: readonly OnnxValueInfo[];
  readonly constants: readonly ConstantTensor[];
  readonly nodes: readonly GraphNode[];
}

/**
 * Numbers that all values of a graph hold together when it runs over 1,000 rows, at most. Follows the shapes through the operators
 * without running them: 40 times `Concat(x, x)` are a file of a kilobyte and a value of 2^40 numbers.
 * @throws AppError invalid_input ONNX_MALFORMED if an operator reads a value that nothing before it makes.
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
  // An empty name stands for an optional input that is not given.
  const given = node.inputs.filter((name) => name !== '');
  const [first, ...others] = given.map((name) => sizes.get(name) ?? unmade(node.operator, name));
  if (first === undefined) return unshaped(Math.max(1, ...[...node.attributes.values()].map(({ length }) => length)));
  return sizeAfter({
    node,
    inputs: [first, ...others],
    constant: (position) => integers.get(node.inputs[position] ?? ''),
  });
}

function unmade(operator: string, name: string): never {
  throw invalidInput(`malformed ONNX file: ${operator} reads "${name.slice(0, 100)}", which nothing before it makes`, {
    code: 'ONNX_MALFORMED',
  });
}
