import fc from 'fast-check';
import { AppError } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { aModel, aTree } from '../../../test/model-factory.js';
import { inspectOnnx } from './inspect-onnx.js';
import { MessageWriter } from '../protobuf/message-writer.js';
import { ATTRIBUTE, GRAPH, MODEL, NODE, OPSET, TENSOR } from '../protobuf/onnx-schema.js';
import { writeTreeEnsembleOnnx } from '../write-tree-ensemble-onnx.js';

const metadata = {
  featureService: 'fraud_detector:2',
  dataDigest: 'abc',
  trainingRange: { fromMs: 10, toMs: 20 },
  threshold: 0.75,
};

function exported(): Uint8Array<ArrayBuffer> {
  const model = aModel({ featureCount: 2, trees: [aTree({}), aTree({ feature: 1 })] });
  return writeTreeEnsembleOnnx(model, { featureNames: ['amount', 'night'], metadata });
}

/** A model with one graph filled by the test. */
function aFile(
  fillGraph: (graph: MessageWriter) => void,
  fillModel: (model: MessageWriter) => void = () => {},
): Uint8Array {
  const file = new MessageWriter().integer(MODEL.irVersion, 8).message(MODEL.graph, fillGraph);
  fillModel(file);
  return file.finish();
}

function withNode(fill: (node: MessageWriter) => void): Uint8Array {
  return aFile((graph) => graph.message(GRAPH.node, fill));
}

function withAttribute(fill: (attribute: MessageWriter) => void): Uint8Array {
  return withNode((node) => node.text(NODE.opType, 'Constant').message(NODE.attribute, fill));
}

test('a FraudFlow file shows its inputs, outputs, operators, trees and metadata', () => {
  const found = inspectOnnx(exported());

  expect(found).toMatchObject({
    irVersion: 8,
    opsets: { '': 15, 'ai.onnx.ml': 3 },
    inputs: [{ name: 'features', kind: 'tensor', dtype: 'float32', shape: [null, 2] }],
    outputs: [{ name: 'fraud_probability', kind: 'tensor', dtype: 'float32', shape: [null, 1] }],
    operators: ['Sigmoid', 'ai.onnx.ml.TreeEnsembleRegressor'],
    nodes: 2,
    trees: 3,
    treeNodes: 7,
  });
  expect(found.metadata).toEqual({
    'fraudflow.feature_names': '["amount","night"]',
    'fraudflow.feature_service': 'fraud_detector:2',
    'fraudflow.data_digest': 'abc',
    'fraudflow.training_from_ms': '10',
    'fraudflow.training_to_ms': '20',
    'fraudflow.threshold': '0.75',
  });
});

test('a wrong number of feature names is refused at export', () => {
  expect(() => writeTreeEnsembleOnnx(aModel({ featureCount: 2 }), { featureNames: ['amount'], metadata })).toThrow(
    /2 features but 1 names/,
  );
});

describe('what could run code or read files is forbidden', () => {
  const attacks: Record<string, Uint8Array> = {
    'external data of an initialiser': aFile((graph) =>
      graph.message(GRAPH.initializer, (tensor) => tensor.integer(TENSOR.dataLocation, 1)),
    ),
    'a location without the external flag': aFile((graph) =>
      graph.message(GRAPH.initializer, (tensor) => tensor.message(TENSOR.externalData, (e) => e.text(1, 'location'))),
    ),
    'external data of an attribute': withAttribute((attribute) =>
      attribute.message(ATTRIBUTE.tensor, (tensor) => tensor.integer(TENSOR.dataLocation, 1)),
    ),
    'external data in a list of tensors': withAttribute((attribute) =>
      attribute.message(ATTRIBUTE.tensors, (tensor) => tensor.integer(TENSOR.dataLocation, 1)),
    ),
    'sparse initialisers': aFile((graph) => graph.message(GRAPH.sparseInitializer, () => {})),
    'sparse attributes': withAttribute((attribute) => attribute.message(ATTRIBUTE.sparseTensor, () => {})),
    'sub-graphs': withAttribute((attribute) => attribute.message(ATTRIBUTE.graph, () => {})),
    'control flow': withNode((node) => node.text(NODE.opType, 'Loop')),
    'custom domains': withNode((node) => node.text(NODE.opType, 'Cast').text(NODE.domain, 'com.example')),
    'domains named like a property of objects': withNode((node) => node.text(NODE.domain, 'constructor')),
    'imports of custom domains': aFile(
      () => {},
      (model) => model.message(MODEL.opsetImport, (opset) => opset.text(OPSET.domain, 'com.example')),
    ),
    'local functions': aFile(
      () => {},
      (model) => model.message(MODEL.functions, () => {}),
    ),
    'unknown fields': aFile(
      () => {},
      (model) => model.text(77, 'x'),
    ),
  };

  for (const [name, bytes] of Object.entries(attacks)) {
    test(name, () => {
      expect(() => inspectOnnx(bytes)).toThrow(expect.objectContaining({ code: 'ONNX_FORBIDDEN' }));
    });
  }
});

test('every limit is enforced', () => {
  const bytes = exported();

  const limits = [
    'maxBytes',
    'maxNodes',
    'maxTreeNodes',
    'maxTrees',
    'maxValues',
    'maxMetadataEntries',
    'maxMetadataBytes',
  ];
  for (const limit of limits) {
    expect(() => inspectOnnx(bytes, { [limit]: 1 }), limit).toThrow(
      expect.objectContaining({ code: 'ONNX_TOO_LARGE' }),
    );
  }
});

test('no graph, or two, is malformed', () => {
  const twice = new MessageWriter().message(MODEL.graph, () => {}).message(MODEL.graph, () => {});

  expect(() => inspectOnnx(new Uint8Array())).toThrow(/0 graphs/);
  expect(() => inspectOnnx(twice.finish())).toThrow(/2 graphs/);
});

test('damaged bytes give a result or an AppError, no other error', () => {
  const bytes = exported();

  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
      const damaged = bytes.slice(0, length);
      if (at < length) damaged[at] = value;
      try {
        inspectOnnx(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
