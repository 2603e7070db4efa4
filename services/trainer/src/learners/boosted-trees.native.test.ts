import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMPUTED_FEATURE_NAMES, FEATURE_NAMES } from '@fraudflow/features';
import { readModelFile } from '@fraudflow/learning';
import { classifierOnnx } from '@fraudflow/learning/testing/classifier-onnx';
import type { RunnableModel } from '@fraudflow/inference';
import { nativePlatform, resolveXgboostLibrary, XgboostTrainer } from '@fraudflow/xgboost';
import { describe, expect, test } from 'vitest';
import type { TrainingColumns } from '../data/training-columns.js';
import { aHistory, FakeTrainingData } from '../../test/support/a-history.js';
import { aFile } from '../../test/support/a-learner.js';
import { FakeModelStore } from '../../test/support/a-model-store.js';
import { BoostedTreesLearner } from './boosted-trees.learner.js';
import type { ModelFacts } from './learner.port.js';
import { RetryPolicy } from '../steps/retry-policy.js';
import { TrainingPipeline } from '../steps/training-pipeline.js';

const nativeDir = fileURLToPath(new URL('../../../../.fraudflow/native', import.meta.url));
const hasLibrary = existsSync(`${nativeDir}/${nativePlatform().key}/${nativePlatform().xgboostFile}`);

const rows: TrainingColumns = aHistory({ days: 3 });
const settings = { rounds: 20, depth: 3, learningRate: 0.3, seed: 1 };
const facts: ModelFacts = {
  featureService: 'fraud_detection_features:1',
  dataDigest: 'd',
  trainingRange: { fromMs: 0, toMs: 1 },
  threshold: 0.4,
};

function aLearner(library = { path: 'unused' }): BoostedTreesLearner {
  return new BoostedTreesLearner(new XgboostTrainer(library), settings);
}

function runnable(bytes: Uint8Array, scoringJson?: string): RunnableModel {
  return { bytes, signature: readModelFile(bytes, { scoringJson }).signature };
}

describe('scoring a model file', () => {
  test('maps features by name', async () => {
    const [first = ''] = FEATURE_NAMES;
    const reversed = FEATURE_NAMES.toReversed();
    // The tree splits on column 0: the first feature in one file, the last in the other.
    const ours = await aLearner().scoreFile(runnable(aFile(FEATURE_NAMES)), rows);
    const theirs = await aLearner().scoreFile(runnable(aFile(reversed)), {
      ...rows,
      featureNames: FEATURE_NAMES.map((name) =>
        name === first ? (reversed[0] ?? '') : name === reversed[0] ? first : name,
      ),
    });

    expect(theirs).toEqual(ours);
  });

  test('of a foreign classifier returns the probability of fraud, not the label', async () => {
    const model = runnable(classifierOnnx(2, 0.5), JSON.stringify({ feature_names: FEATURE_NAMES.slice(0, 2) }));

    const scores = await aLearner().scoreFile(model, rows);

    expect(scores[0]).toBeCloseTo(1 / (1 + Math.exp(2)), 5);
    expect(scores[11]).toBeCloseTo(1 / (1 + Math.exp(-3)), 5);
  });

  test('with features that the rows lack is rejected with their names', async () => {
    await expect(aLearner().scoreFile(runnable(aFile(COMPUTED_FEATURE_NAMES)), rows)).rejects.toMatchObject({
      code: 'MODEL_FEATURES_MISSING',
      message: expect.stringContaining(COMPUTED_FEATURE_NAMES[15] ?? ''),
    });
  });

  test('that ONNX Runtime rejects is an invalid_input error', async () => {
    const bytes = aFile(FEATURE_NAMES);
    const { signature } = readModelFile(bytes);

    await expect(
      aLearner().scoreFile({ bytes, signature: { ...signature, outputName: 'nothing' } }, rows),
    ).rejects.toMatchObject({ kind: 'invalid_input', code: 'MODEL_UNLOADABLE' });
  });
});

describe.skipIf(!hasLibrary)('with the native library (else skipped: set-up puts it into .fraudflow/native)', () => {
  test('a model is trained and exported with its metadata', async () => {
    const model = await aLearner(resolveXgboostLibrary({ nativeDir })).learn(
      rows,
      new AbortController().signal,
      () => undefined,
    );

    const file = readModelFile(model.toOnnx(facts));
    expect(file).toMatchObject({
      properties: { threshold: 0.4 },
      featureService: facts.featureService,
      trainedUntilMs: 1,
    });
    expect(file.signature.featureNames).toEqual(FEATURE_NAMES);
    expect(model.parameters['xgboost_version']).toMatch(/^3\.\d+\.\d+$/);
    expect(await model.score(rows)).toHaveLength(rows.labels.length);
  });

  test('the pipeline promotes a model, then a second one compared with the first', async () => {
    const store = new FakeModelStore();
    const promote = store.promote.bind(store);
    store.promote = async (model, version, expected) => {
      await promote(model, version, expected);
      const file = store.versions[Number(version) - 1]?.record.files['model.onnx'] as Uint8Array;
      store.current = { version, model: file };
    };
    const pipeline = new TrainingPipeline(
      {
        data: new FakeTrainingData(aHistory({ days: 60 })),
        learner: aLearner(resolveXgboostLibrary({ nativeDir })),
        store,
        retries: new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: 1 }),
      },
      {
        model: 'fraud',
        featureService: 'fraud_detection_features',
        split: { trainDays: 28, delayDays: 7, testDays: 7 },
        gates: { minimum: { averagePrecision: 0.9 } },
      },
    );
    const run = (requestId: string) =>
      pipeline.run({ requestId, reason: '', dataUntilMs: undefined }, new AbortController().signal, () => undefined);

    expect(await run('r1')).toMatchObject({ promoted: true, version: { version: '1' } });
    expect(await run('r2')).toMatchObject({ promoted: true, previousVersion: '1', gates: expect.any(Array) });
    expect(store.versions[1]?.record.verdict.gates.map(({ gate }) => gate)).toContain('beats_champion');
  });
});
