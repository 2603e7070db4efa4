import type { TreeEnsemble } from '../../model/tree-ensemble.js';
import type { MessageWriter } from '../protobuf/message-writer.js';
import { FLOAT32_ELEMENT, GRAPH, ML_DOMAIN, NODE, TENSOR } from '../protobuf/onnx-schema.js';
import { treeLists, writeTreeAttributes } from './tree-attributes.js';
import { writeFloats, writeInteger } from './write-attribute.js';

/** Adds one TreeEnsembleRegressor with a single target to a graph. */
export function writeTreeNode(
  graph: MessageWriter,
  { name, input, output }: { readonly name: string; readonly input: string; readonly output: string },
  ensemble: TreeEnsemble,
): void {
  graph.message(GRAPH.node, (node) => {
    node.text(NODE.input, input).text(NODE.output, output);
    node.text(NODE.name, name).text(NODE.opType, 'TreeEnsembleRegressor');
    writeTreeAttributes(node, treeLists(ensemble));
    node.text(NODE.domain, ML_DOMAIN);
  });
}

/** Adds one LinearRegressor with a single target to a graph: intercept + Σ weight · value, in float32. */
export function writeLinearNode(
  graph: MessageWriter,
  { name, input, output }: { readonly name: string; readonly input: string; readonly output: string },
  { weights, intercept }: { readonly weights: readonly number[]; readonly intercept: number },
): void {
  graph.message(GRAPH.node, (node) => {
    node.text(NODE.input, input).text(NODE.output, output);
    node.text(NODE.name, name).text(NODE.opType, 'LinearRegressor');
    writeFloats(node, 'coefficients', weights);
    writeFloats(node, 'intercepts', [intercept]);
    writeInteger(node, 'targets', 1);
    node.text(NODE.domain, ML_DOMAIN);
  });
}

/** A tensor operator without attributes. */
export interface TensorOperator {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Adds a tensor operator to a graph. */
export function writeOperator(graph: MessageWriter, { name, operator, inputs, output }: TensorOperator): void {
  graph.message(GRAPH.node, (node) => {
    for (const input of inputs) node.text(NODE.input, input);
    node.text(NODE.output, output).text(NODE.name, name).text(NODE.opType, operator);
  });
}

/** Adds a constant of one float32 value, which broadcasts over all rows, to a graph. */
export function writeConstant(graph: MessageWriter, name: string, value: number): void {
  graph.message(GRAPH.initializer, (tensor) =>
    tensor
      .integers(TENSOR.dims, [1])
      .integer(TENSOR.dataType, FLOAT32_ELEMENT)
      .floats(TENSOR.floatData, [value])
      .text(TENSOR.name, name),
  );
}
