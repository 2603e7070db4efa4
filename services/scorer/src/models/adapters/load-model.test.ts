import {
  COMPUTED_FEATURE_NAMES,
  FEATURE_COUNT,
  FEATURE_NAMES,
  featureIndex,
  StreamedFeatures,
} from '@fraudflow/features';
import { parseXgboostModel, treeProbabilities } from '@fraudflow/learning';
import { describe, expect, test } from 'vitest';
import { anArtifact, aRandomTree, treesOnnx } from '../../../test/support/a-model.js';
import { classifierOnnx, linearOnnx } from '@fraudflow/learning/testing/classifier-onnx';
import { lcg } from '../../../test/support/lcg.js';
import { loadModel, rowsPerRun } from './load-model.js';

const limits = {
  maxBytes: 10_000_000,
  maxRowTreesPerRun: 150_000,
  streamed: new StreamedFeatures('fraud_detection_features'),
};

function rowsOf(...vectors: readonly Readonly<Record<string, number>>[]): Float32Array {
  const rows = new Float32Array(vectors.length * FEATURE_COUNT);
  vectors.forEach((vector, row) => {
    for (const [name, value] of Object.entries(vector)) rows[row * FEATURE_COUNT + featureIndex(name)] = value;
  });
  return rows;
}

test('a model of the trainer returns the probabilities of its trees', async () => {
  const model = await loadModel(anArtifact(), limits);

  const [quiet, large, risky] = await model.score(
    rowsOf({ tx_amount: 20 }, { tx_amount: 500 }, { tx_amount: 500, terminal_id_risk_7day_window: 1 }),
    3,
  );

  expect(quiet).toBeCloseTo(1 / (1 + Math.exp(3)), 6);
  expect(large).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 6);
  expect(risky).toBeCloseTo(1 / (1 + Math.exp(-4.5)), 6);
  expect(model).toMatchObject({ version: '1', featureNames: FEATURE_NAMES });
  await model.release();
});

test('a batch split into several native calls has the same scores as single rows', async () => {
  const random = lcg(7);
  const trees = Array.from({ length: 20 }, () => aRandomTree(4, random));
  const model = await loadModel(anArtifact({ onnx: treesOnnx(trees) }), { ...limits, maxRowTreesPerRun: 200 });
  const rows = Float32Array.from({ length: 101 * FEATURE_COUNT }, () => (random() < 0.1 ? Number.NaN : random() * 100));

  const scores = await model.score(rows, 101);

  const expected = treeProbabilities(parseXgboostModel(xgboostJson(trees)), rows);
  scores.forEach((score, row) => expect(score).toBeCloseTo(expected[row] ?? Number.NaN, 6));
  await model.release();
});

test('if a model outputs a label and two class probabilities, the second probability is used', async () => {
  const model = await loadModel(anArtifact({ onnx: classifierOnnx(FEATURE_COUNT, 100) }), limits);

  const [below, above] = await model.score(rowsOf({ tx_amount: 20 }, { tx_amount: 500 }), 2);

  expect(below).toBeCloseTo(1 / (1 + Math.exp(2)), 5);
  expect(above).toBeCloseTo(1 / (1 + Math.exp(-3)), 5);
  await model.release();
});

test('the column names of a model from another tool come from scoring.json', async () => {
  const scoringJson = JSON.stringify({ feature_names: ['terminal_id_risk_1day_window', 'tx_amount'] });

  const model = await loadModel(anArtifact({ onnx: classifierOnnx(2, 0.5), scoringJson }), limits);

  expect(model.featureNames).toEqual(['terminal_id_risk_1day_window', 'tx_amount']);
  await model.release();
});

describe('missing values', () => {
  const noNumber = (scoringJson?: string) =>
    loadModel(
      { ...anArtifact({ onnx: linearOnnx(FEATURE_COUNT) }), ...(scoringJson === undefined ? {} : { scoringJson }) },
      limits,
    );

  test('a model that does not support them and does not declare it is refused with the remedy', async () => {
    await expect(noNumber()).rejects.toMatchObject({
      code: 'MODEL_CANARY',
      message: expect.stringContaining('"missing_values": "unsupported"') as string,
    });
  });

  test('a model that declares them as unsupported is served; rows with a missing value get no score', async () => {
    const model = await noNumber('{"missing_values":"unsupported","threshold":0.3}');
    const rows = rowsOf({ tx_amount: 1 }, { tx_amount: Number.NaN }, {});

    const scores = await model.score(rows, 3);
    const [single] = await model.score(rows.subarray(FEATURE_COUNT, 2 * FEATURE_COUNT), 1);

    expect([...scores].map(Number.isNaN)).toEqual([false, true, false]);
    expect(single).toBeNaN();
    expect(model.threshold).toBe(0.3);
    await model.release();
  });
});

test('the canary fills every column of a model of a larger feature service', async () => {
  const streamed = new StreamedFeatures('fraud_detection_features_v2');
  const scoringJson = JSON.stringify({ feature_names: COMPUTED_FEATURE_NAMES, missing_values: 'unsupported' });
  const onnx = linearOnnx(COMPUTED_FEATURE_NAMES.length);

  const model = await loadModel(anArtifact({ onnx, scoringJson }), { ...limits, streamed });

  expect(model.featureNames).toHaveLength(COMPUTED_FEATURE_NAMES.length);
  await model.release();
});

test.each([
  ['100 trees', 100, 500_000, 600],
  ['a small linear model', 0, 256, 60_000],
  ['a dense network of a million weights', 0, 4_000_000, 3],
  ['a model too large for the budget of one call', 0, 60_000_000, 1],
])('a native call on %s has a bounded number of rows', (_what, trees, bytes, rows) => {
  expect(rowsPerRun(60_000, trees, bytes)).toBe(rows);
});

describe('the loader refuses', () => {
  test.each([
    ['a file that is not ONNX', { onnx: Buffer.from('not a model at all') }, 'ONNX_MALFORMED'],
    ['a truncated file', { onnx: anArtifact().onnx.subarray(0, 200) }, 'ONNX_MALFORMED'],
    ['a model of another width', { onnx: classifierOnnx(3, 1) }, 'MODEL_SIGNATURE'],
    [
      'a model with features that do not exist',
      { onnx: classifierOnnx(1, 1), scoringJson: '{"feature_names":["shoe_size"]}' },
      'MODEL_SIGNATURE',
    ],
    [
      'a threshold outside 0 to 1',
      { onnx: classifierOnnx(FEATURE_COUNT, 1), scoringJson: '{"threshold":7}' },
      'MODEL_SIGNATURE',
    ],
    ['metadata that is not JSON', { onnx: classifierOnnx(1, 1), scoringJson: '{' }, 'MODEL_SIGNATURE'],
    ['a model whose score is NaN', { onnx: classifierOnnx(FEATURE_COUNT, 1, Number.NaN) }, 'MODEL_CANARY'],
  ])('%s', async (_what, over, code) => {
    await expect(loadModel(anArtifact(over), limits)).rejects.toMatchObject({ kind: 'invalid_input', code });
  });

  test('a file above the size limit without reading it', async () => {
    const refusal = loadModel(anArtifact(), { ...limits, maxBytes: 100 });

    await expect(refusal).rejects.toMatchObject({ code: 'ONNX_TOO_LARGE' });
  });
});

function xgboostJson(trees: Parameters<typeof treesOnnx>[0]): Parameters<typeof parseXgboostModel>[0] {
  return {
    learner: {
      learner_model_param: { base_score: '5E-1', num_class: '0', num_feature: String(FEATURE_COUNT) },
      objective: { name: 'binary:logistic' },
      gradient_booster: { name: 'gbtree', model: { trees } },
    },
    version: [2, 1, 4],
  };
}
