import { FEATURE_NAMES } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { readModelFile } from '../onnx/read-model-file.js';
import type { LogisticModel } from './logistic-model.js';
import { writeLinearOnnx } from './write-linear-onnx.js';

const NAMES = FEATURE_NAMES.slice(0, 2);
const metadata = {
  featureService: 'fraud_detection_features:1',
  dataDigest: 'abc',
  trainingRange: { fromMs: 10, toMs: 20 },
  threshold: 0.25,
};

function aModel(over: Partial<LogisticModel> = {}): LogisticModel {
  return {
    featureNames: NAMES,
    mean: Float64Array.of(100, 0.25),
    scale: Float64Array.of(50, 0.5),
    weights: Float64Array.of(1.5, -0.75),
    intercept: -4,
    iterations: 6,
    ...over,
  };
}

test('the file is read with its names, threshold and service, and states that missing values have no score', () => {
  const file = readModelFile(writeLinearOnnx(aModel(), { featureNames: NAMES, metadata }));

  expect(file).toMatchObject({
    signature: { inputName: 'features', outputName: 'fraud_probability', featureNames: NAMES },
    properties: { threshold: 0.25, acceptsMissing: false },
    featureService: 'fraud_detection_features:1',
    trainedUntilMs: 20,
    inspection: { operators: ['Sigmoid', 'ai.onnx.ml.LinearRegressor'], trees: 0 },
  });
});

test('a calibration is part of the file, and the margin can be the output', () => {
  const calibrated = writeLinearOnnx(aModel(), {
    featureNames: NAMES,
    metadata,
    calibration: { kind: 'platt', slope: 1.1, offset: -0.2 },
  });
  const margin = writeLinearOnnx(aModel(), { featureNames: NAMES, metadata, output: 'margin' });

  expect(readModelFile(calibrated).inspection.operators).toEqual(
    expect.arrayContaining(['ai.onnx.ml.LinearRegressor', 'Mul', 'Add', 'Sigmoid']),
  );
  expect(readModelFile(margin).inspection.operators).toEqual(['ai.onnx.ml.LinearRegressor']);
});

test('the same model gives the same bytes, another weight others', () => {
  const write = (model: LogisticModel) => writeLinearOnnx(model, { featureNames: NAMES, metadata });

  const bytes = write(aModel());

  expect(write(aModel())).toEqual(bytes);
  expect(write(aModel({ weights: Float64Array.of(1.5, -0.74) }))).not.toEqual(bytes);
});

test('a wrong number of names and weights beyond float32 are refused', () => {
  const options = { featureNames: NAMES, metadata };

  expect(() => writeLinearOnnx(aModel(), { ...options, featureNames: ['a'] })).toThrow(
    'the model has 2 features but 1 names were given',
  );
  expect(() => writeLinearOnnx(aModel({ scale: Float64Array.of(1, 1e-45) }), options)).toThrow(
    `the weight of ${NAMES[1]} is not a float32 number`,
  );
  expect(() => writeLinearOnnx(aModel({ intercept: 1e39 }), options)).toThrow('the intercept is not a float32 number');
});
