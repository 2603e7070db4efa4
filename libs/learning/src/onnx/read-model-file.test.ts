import { FEATURE_NAMES } from '@fraudflow/features';
import { describe, expect, test } from 'vitest';
import { aModel, aTree } from '../../test/model-factory.js';
import { classifierOnnx } from '../../test/classifier-onnx.js';
import type { OnnxInspection } from './graph/inspect-onnx.js';
import { MISSING_VALUES_KEY, readModelProperties } from './model-properties.js';
import { chooseSignature } from './model-signature.js';
import { readModelFile } from './read-model-file.js';
import { writeTreeEnsembleOnnx } from './write-tree-ensemble-onnx.js';

const [AMOUNT, WEEKEND] = FEATURE_NAMES as [string, string];

const metadata = {
  featureService: 'fraud_detection_features:1',
  dataDigest: 'abc',
  trainingRange: { fromMs: 10, toMs: 20 },
  threshold: 0.75,
};

test('a FraudFlow model file has column names, threshold and training range', () => {
  const model = aModel({ featureCount: 2, trees: [aTree({})] });

  const file = readModelFile(writeTreeEnsembleOnnx(model, { featureNames: [WEEKEND, AMOUNT], metadata }));

  expect(file).toMatchObject({
    signature: { inputName: 'features', outputName: 'fraud_probability', featureNames: [WEEKEND, AMOUNT] },
    properties: { threshold: 0.75, acceptsMissing: true },
    featureService: 'fraud_detection_features:1',
    trainedUntilMs: 20,
  });
});

test('the probability output of a foreign classifier is chosen, not its label output', () => {
  const scoringJson = JSON.stringify({
    feature_names: [WEEKEND, AMOUNT],
    threshold: 0.4,
    missing_values: 'unsupported',
  });

  const file = readModelFile(classifierOnnx(2, 1), { scoringJson });

  expect(file).toMatchObject({
    signature: { inputName: 'input', outputName: 'probabilities', featureNames: [WEEKEND, AMOUNT] },
    properties: { threshold: 0.4, acceptsMissing: false },
  });
  expect([file.featureService, file.trainedUntilMs]).toEqual([undefined, undefined]);
});

test('metadata of the file overrides scoring.json', () => {
  const own = { 'fraudflow.threshold': '0.9', [MISSING_VALUES_KEY]: 'accepted' };

  expect(readModelProperties(own, '{"threshold": 0.1, "missing_values": "unsupported"}')).toEqual({
    threshold: 0.9,
    acceptsMissing: true,
  });
});

describe('refused with the code MODEL_SIGNATURE is', () => {
  const tensor = (name: string, dtype: string, ...shape: (number | null)[]) =>
    ({ name, kind: 'tensor', dtype, shape }) as const;
  const declared = (over: Partial<OnnxInspection>): OnnxInspection => ({
    irVersion: 8,
    opsets: {},
    inputs: [tensor('x', 'float32', null, FEATURE_NAMES.length)],
    outputs: [tensor('p', 'float32', null, 1)],
    operators: [],
    nodes: 1,
    trees: 0,
    treeNodes: 0,
    metadata: {},
    ...over,
  });
  const fit = tensor('x', 'float32', null, 15);

  test.each<[string, Partial<OnnxInspection>, string | undefined]>([
    ['a model with two inputs', { inputs: [fit, fit] }, undefined],
    ['a model without an input', { inputs: [] }, undefined],
    ['a model of float64', { inputs: [tensor('x', 'float64', null, 15)] }, undefined],
    ['a model of another width', { inputs: [tensor('x', 'float32', null, 14)] }, undefined],
    ['an input of three dimensions', { inputs: [tensor('x', 'float32', null, 15, 1)] }, undefined],
    ['a model with a label output only', { outputs: [tensor('label', 'int64', null)] }, undefined],
    ['a model of three classes', { outputs: [tensor('p', 'float32', null, 3)] }, undefined],
    ['an unknown feature', { metadata: { feature_names: '["shoe_size"]' } }, undefined],
    ['a feature named twice', { metadata: { feature_names: JSON.stringify([AMOUNT, AMOUNT]) } }, undefined],
    ['names that are not a list', { metadata: { feature_names: '{"a":1}' } }, undefined],
    ['a list of no names', {}, '{"feature_names": []}'],
    ['scoring.json that is a list', {}, '[]'],
    ['scoring.json that is not JSON', {}, '{'],
  ])('%s', (_what, over, scoringJson) => {
    expect(() => chooseSignature(declared(over), scoringJson)).toThrow(
      expect.objectContaining({ kind: 'invalid_input', code: 'MODEL_SIGNATURE' }),
    );
  });

  test.each(['{"threshold": 1.5}', '{"threshold": ""}', '{"threshold": null}', '{"missing_values": "no"}'])(
    'an invalid property: %s',
    (scoringJson) => {
      expect(() => readModelProperties({}, scoringJson)).toThrow(expect.objectContaining({ code: 'MODEL_SIGNATURE' }));
    },
  );
});
