import { DAY_MS, unavailable } from '@fraudflow/core';
import { COMPUTED_FEATURE_NAMES, FEATURE_NAMES } from '@fraudflow/features';
import { evaluateScores } from '@fraudflow/learning';
import { classifierOnnx } from '@fraudflow/learning/testing/classifier-onnx';
import { describe, expect, test } from 'vitest';
import type { TrainingColumns } from '../data/training-columns.js';
import { aHistory, FakeTrainingData } from '../../test/support/a-history.js';
import { aFile, FakeLearner, scoresOf } from '../../test/support/a-learner.js';
import { compareWithChampion } from './champion-comparison.js';
import { reloadRows } from '../data/reload-rows.js';
import { planTraining } from '../data/training-plan.js';

const test7Days = aHistory({ days: 7, firstDay: 135 });
const plan = { ...planTraining(149 * DAY_MS, { trainDays: 28, delayDays: 7, testDays: 7 }) };

function comparison(learner: FakeLearner, data = new FakeTrainingData(test7Days)) {
  const evaluate = (rows: TrainingColumns, scores: Float32Array) =>
    evaluateScores({ ...rows, scores }, { threshold: 0.5, firstDayMs: plan.testStartMs });
  const reload = (rows: TrainingColumns, names: readonly string[]) =>
    reloadRows(
      data,
      rows,
      { names, services: ['fraud_detection_features', 'fraud_detection_features_v2'], plan },
      new AbortController().signal,
    );
  return { learner, evaluate, reload, tolerance: 0 };
}

async function compare(model: Uint8Array | Error, learner = new FakeLearner(), scoringJson?: string) {
  return compareWithChampion(
    { version: '4', model, ...(scoringJson !== undefined && { scoringJson }) },
    { test: test7Days, scores: scoresOf(test7Days, 'sharp') },
    comparison(learner),
  );
}

test('a FraudFlow champion is scored on the same rows', async () => {
  const learner = new FakeLearner('sharp', 'blurred');

  const result = await compare(aFile(FEATURE_NAMES), learner);

  expect(result).toMatchObject({ gate: 'beats_champion', passed: true });
  expect(learner.scored[0]?.columns.transactionIds).toEqual(test7Days.transactionIds);
});

test('features that the rows lack are loaded with another feature service for the same transactions', async () => {
  const learner = new FakeLearner('sharp', 'sharp');

  const result = await compare(aFile(COMPUTED_FEATURE_NAMES), learner);

  expect(result).toMatchObject({ gate: 'beats_champion', passed: true });
  expect(learner.scored[0]?.columns.featureNames).toHaveLength(COMPUTED_FEATURE_NAMES.length);
  expect(learner.scored[0]?.columns.transactionIds).toEqual(test7Days.transactionIds);
});

test('the probability output of a foreign classifier is used', async () => {
  const learner = new FakeLearner();

  await compare(classifierOnnx(2, 1), learner, JSON.stringify({ feature_names: FEATURE_NAMES.slice(0, 2) }));

  expect(learner.scored[0]?.model.signature).toMatchObject({
    outputName: 'probabilities',
    featureNames: FEATURE_NAMES.slice(0, 2),
  });
});

describe('rows the champion was trained on', () => {
  test('are left out of the comparison', async () => {
    const learner = new FakeLearner();
    const trainingRange = { fromMs: 0, toMs: 139 * DAY_MS };

    const result = await compare(aFile(FEATURE_NAMES, { trainingRange }), learner);

    expect(result).toMatchObject({ gate: 'beats_champion', passed: true });
    expect(learner.scored[0]?.columns.labels).toHaveLength(3 * 48);
  });

  test('leave no rows to compare: the gate fails', async () => {
    const trainingRange = { fromMs: 0, toMs: 142 * DAY_MS };

    await expect(compare(aFile(FEATURE_NAMES, { trainingRange }))).resolves.toMatchObject({
      gate: 'beats_champion',
      passed: false,
      message: expect.stringMatching(/active version 4 was trained on the test days/),
    });
  });
});

describe('a champion that cannot be scored does not block a promotion:', () => {
  test.each<[string, Uint8Array | Error]>([
    ['a version without a model file', new Error('it holds no file')],
    ['a file that is not ONNX', Buffer.from('not a model')],
    ['a model with unknown features', aFile(['shoe_size'])],
  ])('%s', async (_what, model) => {
    await expect(compare(model)).resolves.toMatchObject({
      gate: 'champion_readable',
      passed: true,
      message: expect.stringMatching(/^the active version 4 cannot be scored/),
    });
  });

  test('scores that are not probabilities', async () => {
    const learner = new FakeLearner();
    learner.scoreFile = async ({ signature }, { labels }) => labels.map(() => signature.featureNames.length);

    await expect(compare(aFile(FEATURE_NAMES), learner)).resolves.toMatchObject({ gate: 'champion_readable' });
  });
});

test('a retryable failure is thrown, not treated as an unreadable champion', async () => {
  const learner = new FakeLearner();
  const away = {
    ...comparison(learner),
    reload: () => Promise.reject(unavailable('the feature store is unreachable')),
  };

  await expect(
    compareWithChampion(
      { version: '4', model: aFile(COMPUTED_FEATURE_NAMES) },
      { test: test7Days, scores: scoresOf(test7Days, 'sharp') },
      away,
    ),
  ).rejects.toMatchObject({ kind: 'unavailable' });
});
