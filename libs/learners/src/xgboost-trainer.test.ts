import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkOnnxParity, onnxOutputs, PROBABILITY_TOLERANCE } from '@fraudflow/inference';
import { parseXgboostModel, treeMargins, treeProbabilities, writeTreeEnsembleOnnx } from '@fraudflow/learning';
import {
  libraryMessage,
  nativePlatform,
  resolveXgboostLibrary,
  type TrainOptions,
  XgboostTrainer,
} from '@fraudflow/xgboost';
import { describe, expect, test } from 'vitest';

const nativeDir = fileURLToPath(new URL('../../../.fraudflow/native', import.meta.url));
const hasLibrary = existsSync(`${nativeDir}/${nativePlatform().key}/${nativePlatform().xgboostFile}`);
const FEATURES = 6;

function trainer(): XgboostTrainer {
  return new XgboostTrainer(resolveXgboostLibrary({ nativeDir }));
}

/** Park-Miller numbers in [0, 1), so every run has the same rows. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

/** Rows with one missing value in eight, values on a coarse grid (many ties with thresholds) and noisy labels. */
function someRows(count: number, seed = 7): { rows: Float32Array; labels: Float32Array } {
  const next = numbers(seed);
  const rows = Float32Array.from({ length: count * FEATURES }, () => {
    const value = Math.round(next() * 3000) / 10;
    return next() < 0.125 ? NaN : value;
  });
  const labels = Float32Array.from({ length: count }, (_, row) => {
    const amount = rows[row * FEATURES] ?? 0;
    return Number(amount > 220 || next() < 0.03);
  });
  return { rows, labels };
}

function options(over: Partial<TrainOptions> = {}): TrainOptions {
  return { features: FEATURES, rounds: 40, seed: 1, params: { max_depth: 5, eta: 0.3 }, ...over };
}

const metadata = {
  featureService: 'fraud_detector:1',
  dataDigest: 'none',
  trainingRange: { fromMs: 0, toMs: 1 },
  threshold: 0.5,
};
const featureNames = Array.from({ length: FEATURES }, (_, index) => `f${index}`);

test('the error for a missing OpenMP runtime names the package to install', () => {
  expect(libraryMessage('libgomp.so.1: cannot open', 'libgomp.so.1')).toMatch(
    /libgomp\.so\.1.*apt-get install libgomp1/,
  );
  expect(libraryMessage('x', 'libomp.dylib')).toContain('brew install libomp');
  expect(libraryMessage('bad magic', undefined)).toContain('bad magic');
});

test('a file that is not a library is rejected with the message of the loader', async () => {
  const broken = new XgboostTrainer({ path: fileURLToPath(import.meta.url) });

  await expect(broken.train(someRows(10), options())).rejects.toMatchObject({
    code: 'XGBOOST_LIBRARY_UNLOADABLE',
    message: expect.stringMatching(/Run \.\/fraudflow once.*FRAUDFLOW_XGBOOST_LIBRARY/),
  });
});

test('inconsistent shapes are rejected before a process starts', async () => {
  const { rows, labels } = someRows(10);
  const idle = new XgboostTrainer({ path: 'unused' });

  await expect(idle.train({ rows, labels: labels.subarray(1) }, options())).rejects.toThrow(/9 labels/);
  await expect(idle.train({ rows, labels }, options({ rounds: 0 }))).rejects.toThrow(/rounds/);
  await expect(idle.train({ rows, labels }, options({ features: 0 }))).rejects.toThrow(/features/);
});

describe.skipIf(!hasLibrary)('with the native library (else skipped: set-up puts it into .fraudflow/native)', () => {
  for (const params of [{}, { base_score: 0.013 }, { base_score: 0.9, max_depth: 8, gamma: 1 }]) {
    test(`JS and ONNX margins equal XGBoost's bit for bit, missing values included, with ${JSON.stringify(params)}`, async () => {
      const { rows } = someRows(3000, 11);

      const trained = await trainer().train(someRows(2000), options({ params, marginsFor: rows }));
      const margins = trained.margins ?? new Float32Array();

      const exported = writeTreeEnsembleOnnx(trained.modelJson, { featureNames, metadata, output: 'margin' });
      expect(margins).toHaveLength(3000);
      expect(treeMargins(parseXgboostModel(trained.modelJson), rows)).toEqual(margins);
      expect(await onnxOutputs(exported, rows, FEATURES)).toEqual(margins);
    });
  }

  test('exported probabilities agree within 2e-7, and a wrong model is caught', async () => {
    const { rows } = someRows(3000, 11);
    const trained = await trainer().train(someRows(2000), options({ marginsFor: rows }));
    const margins = trained.margins ?? new Float32Array();
    const model = writeTreeEnsembleOnnx(trained.modelJson, { featureNames, metadata });

    const worst = await checkOnnxParity(model, rows, FEATURES, { margins });
    const probabilities = treeProbabilities(parseXgboostModel(trained.modelJson), rows);
    const served = await onnxOutputs(model, rows, FEATURES);

    expect(worst).toBeLessThanOrEqual(PROBABILITY_TOLERANCE);
    expect(Math.max(...probabilities.map((p, row) => Math.abs(p - (served[row] ?? NaN))))).toBeLessThanOrEqual(2e-7);
    await expect(checkOnnxParity(model, rows, FEATURES, { margins: margins.map((m) => m + 0.01) })).rejects.toThrow(
      /differs/,
    );
  });

  test('the same seed gives the same bytes, another seed another model', async () => {
    const data = someRows(1500);
    const params = { subsample: 0.6, max_depth: 4 };
    const train = async (seed: number): Promise<Buffer> => {
      const { modelJson } = await trainer().train(data, options({ seed, params }));
      return Buffer.from(writeTreeEnsembleOnnx(modelJson, { featureNames, metadata }));
    };

    const [first, again, other] = [await train(5), await train(5), await train(6)];

    expect(first.equals(again)).toBe(true);
    expect(first.equals(other)).toBe(false);
  });

  test('every round is reported with the metrics of training and validation rows', async () => {
    const rounds: number[] = [];

    const { evalLog } = await trainer().train(
      someRows(800),
      options({ rounds: 5, validation: someRows(300, 3), onProgress: ({ round }) => rounds.push(round) }),
    );

    expect(rounds).toEqual([0, 1, 2, 3, 4]);
    expect(Object.keys(evalLog[4]?.metrics ?? {})).toEqual(['train-logloss', 'validation-logloss']);
    expect(evalLog[4]?.metrics['train-logloss']).toBeLessThan(evalLog[0]?.metrics['train-logloss'] ?? 0);
  });

  test('an abort ends the run between rounds with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('superseded');
    let last = 0;

    const run = trainer().train(
      someRows(2000),
      options({
        rounds: 1_000_000,
        signal: controller.signal,
        onProgress: ({ round }) => {
          last = round;
          if (round === 3) controller.abort(reason);
        },
      }),
    );

    await expect(run).rejects.toBe(reason);
    expect(last).toBeLessThan(999_999);
  });

  test('an error of XGBoost has its message, and the next run succeeds', async () => {
    const data = someRows(200);
    data.rows[3] = Infinity;

    await expect(trainer().train(data, options())).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('inf'),
    });
    await expect(trainer().train(someRows(50), options({ params: { max_depth: 'deep' } }))).rejects.toThrow(
      /max_depth/,
    );
    await expect(trainer().train(someRows(200), options({ rounds: 2 }))).resolves.toHaveProperty('modelJson');
  });

  test('the event loop is not blocked while a model is trained', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);

    await trainer().train(someRows(20_000), options({ rounds: 60 }));
    clearInterval(timer);

    expect(turns).toBeGreaterThan(5);
  });
});
