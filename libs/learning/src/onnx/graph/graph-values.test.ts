import { describe, expect, test } from 'vitest';
import { classifierOnnx } from '../../../test/classifier-onnx.js';
import { aModel, aTree } from '../../../test/model-factory.js';
import { inspectOnnx } from './inspect-onnx.js';
import { MessageWriter } from '../protobuf/message-writer.js';
import {
  ATTRIBUTE,
  DIM,
  ENTRY,
  FLOAT32_ELEMENT,
  GRAPH,
  MODEL,
  NODE,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from '../protobuf/onnx-schema.js';
import { writeTreeEnsembleOnnx } from '../write-tree-ensemble-onnx.js';

interface Operator {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly integers?: Readonly<Record<string, number | readonly number[]>>;
}

const op = (type: string, output: string, ...inputs: readonly string[]): Operator => ({ type, inputs, output });
const opWith = (integers: NonNullable<Operator['integers']>, operator: Operator): Operator => ({
  ...operator,
  integers,
});

/** A graph over `x` [batch, 15] with constants by name and dimensions; int64 ones where numbers are given. */
function aGraph(
  operators: readonly Operator[],
  constants: Readonly<Record<string, { readonly dims: readonly number[]; readonly integers?: readonly number[] }>> = {},
): Uint8Array {
  return new MessageWriter()
    .integer(MODEL.irVersion, 8)
    .message(MODEL.graph, (graph) => {
      for (const { type, inputs, output, integers = {} } of operators) {
        graph.message(GRAPH.node, (node) => {
          for (const input of inputs) node.text(NODE.input, input);
          node.text(NODE.output, output).text(NODE.opType, type);
          for (const [name, value] of Object.entries(integers)) {
            node.message(NODE.attribute, (attribute) => {
              attribute.text(ATTRIBUTE.name, name);
              if (typeof value === 'number') attribute.integer(ATTRIBUTE.int, value);
              else attribute.integers(ATTRIBUTE.ints, value);
            });
          }
          if (type.startsWith('Tree')) node.text(NODE.domain, 'ai.onnx.ml');
        });
      }
      for (const [name, { dims, integers }] of Object.entries(constants)) {
        graph.message(GRAPH.initializer, (tensor) => {
          for (const dim of dims) tensor.integer(TENSOR.dims, dim);
          tensor.integer(TENSOR.dataType, integers ? 7 : FLOAT32_ELEMENT).text(TENSOR.name, name);
          if (integers) tensor.integers(TENSOR.int64Data, integers);
        });
      }
      graph.message(GRAPH.input, (info) =>
        info.text(VALUE_INFO.name, 'x').message(VALUE_INFO.type, (type) =>
          type.message(TYPE.tensor, (tensor) =>
            tensor.integer(TENSOR_TYPE.elementType, FLOAT32_ELEMENT).message(TENSOR_TYPE.shape, (shape) => {
              shape.message(SHAPE.dim, (dim) => dim.text(DIM.param, 'batch'));
              shape.message(SHAPE.dim, (dim) => dim.integer(DIM.value, 15));
            }),
          ),
        ),
      );
    })
    .message(MODEL.metadataProps, (entry) => entry.text(ENTRY.key, 'a').text(ENTRY.value, 'b'))
    .finish();
}

const chain = (count: number, step: (from: string, to: string, at: number) => Operator): Operator[] =>
  Array.from({ length: count }, (_, at) => step(at === 0 ? 'x' : `v${at - 1}`, `v${at}`, at));

describe('graphs with excessive intermediate values are refused:', () => {
  const wide = { dims: [15, 100_000] };

  test.each<[string, Uint8Array]>([
    [
      '40 concatenations along columns',
      aGraph(chain(40, (from, to) => opWith({ axis: 1 }, op('Concat', to, from, from)))),
    ],
    [
      '20 concatenations along rows',
      aGraph(chain(20, (from, to) => opWith({ axis: 0 }, op('Concat', to, from, from)))),
    ],
    [
      'broadcasting over the batch',
      aGraph([
        opWith({ perm: [1, 0] }, op('Transpose', 't', 'x')),
        op('MatMul', 'square', 'x', 't'),
        opWith({ axes: [0] }, op('Unsqueeze', 'a', 'square')),
        opWith({ axes: [2] }, op('Unsqueeze', 'b', 'square')),
        op('Add', 'cube', 'a', 'b'),
      ]),
    ],
    ['a MatMul with 100,000 columns', aGraph([op('MatMul', 'y', 'x', 'w')], { w: wide })],
    ['a Gemm with 100,000 columns', aGraph([op('Gemm', 'y', 'x', 'w')], { w: wide })],
    ['a Gather with millions of indices', aGraph([op('Gather', 'y', 'x', 'at')], { at: { dims: [60_000, 100] } })],
    [
      'a tree ensemble with 2^30 targets',
      aGraph([opWith({ n_targets: 2 ** 30 }, op('TreeEnsembleRegressor', 'y', 'x'))]),
    ],
    [
      'a broadcast of unknown shapes',
      aGraph([op('Reshape', 'a', 'x', 's'), op('Reshape', 'b', 'x', 's'), op('Mul', 'y', 'a', 'b')], {
        s: { dims: [2] },
      }),
    ],
  ])('%s', (_what, bytes) => {
    expect(() => inspectOnnx(bytes)).toThrow(expect.objectContaining({ code: 'ONNX_TOO_LARGE' }));
  });
});

describe('graphs of common exporters are accepted:', () => {
  const layers = Array.from({ length: 8 }, (_, at): readonly Operator[] => [
    op('MatMul', `m${at}`, at === 0 ? 'x' : `r${at - 1}`, `w${at}`),
    op('Add', `a${at}`, `m${at}`, `b${at}`),
    op('Relu', `r${at}`, `a${at}`),
  ]).flat();
  const weights = Object.fromEntries(
    Array.from({ length: 8 }, (_, at) => [
      [`w${at}`, { dims: [at === 0 ? 15 : 256, 256] }],
      [`b${at}`, { dims: [256] }],
    ]).flat() as [string, { dims: number[] }][],
  );

  test.each<[string, Uint8Array]>([
    ['a network of eight layers of 256', aGraph([...layers, op('Sigmoid', 'p', 'r7')], weights)],
    [
      'a division by a sum',
      aGraph([
        op('Exp', 'e', 'x'),
        opWith({ axes: [1], keepdims: 1 }, op('ReduceSum', 's', 'e')),
        op('Div', 'p', 'e', 's'),
      ]),
    ],
    [
      'reshaped, scaled and concatenated columns',
      aGraph(
        [
          op('Reshape', 'y', 'x', 'shape'),
          op('Mul', 'z', 'y', 'scale'),
          opWith({ axis: 1 }, op('Concat', 'c', 'x', 'z')),
          opWith({ axis: 1, keepdims: 1 }, op('ArgMax', 'label', 'c')),
        ],
        { shape: { dims: [2], integers: [-1, 15] }, scale: { dims: [15] } },
      ),
    ],
    ['a tree classifier', classifierOnnx(15, 1)],
  ])('%s', (_what, bytes) => {
    expect(inspectOnnx(bytes).inputs).toHaveLength(1);
  });

  test('a FraudFlow model with 10,000 trees', () => {
    const trees = Array.from({ length: 10_000 }, () => aTree({}));
    const bytes = writeTreeEnsembleOnnx(aModel({ trees }), {
      featureNames: ['tx_amount'],
      metadata: { featureService: 's', dataDigest: 'd', trainingRange: { fromMs: 0, toMs: 1 }, threshold: 0.5 },
    });

    expect(inspectOnnx(bytes, { maxTrees: 10_001 }).trees).toBe(10_001);
  });
});

test('an operator that reads an undefined value is malformed', () => {
  expect(() => inspectOnnx(aGraph([op('Relu', 'y', 'nowhere')]))).toThrow(
    expect.objectContaining({ code: 'ONNX_MALFORMED', message: expect.stringContaining('nowhere') }),
  );
});
