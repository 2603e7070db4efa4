import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FEATURE_NAMES } from '@fraudflow/features';
import { scoreOnnx } from '@fraudflow/inference';
import {
  applyCalibration,
  type Calibration,
  DEFAULT_RECIPE,
  fitLogisticRegression,
  logisticMargins,
  parseSettings,
  readModelFile,
  type Recipe,
  recipeNamed,
} from '@fraudflow/learning';
import { rocAuc, seededRandom } from '@fraudflow/stats';
import {
  type LabelledMatrix,
  nativePlatform,
  resolveXgboostLibrary,
  type TrainedModel,
  type TrainOptions,
  TreeTrainer,
  XgboostTrainer,
} from '@fraudflow/xgboost';
import { describe, expect, test } from 'vitest';
import { inFeatureOrder, type LabelledRows } from './feature-rows.js';
import { NativeLearner } from './native-learner.js';

const nativeDir = fileURLToPath(new URL('../../../.fraudflow/native', import.meta.url));
const hasLibrary = existsSync(`${nativeDir}/${nativePlatform().key}/${nativePlatform().xgboostFile}`);
const NAMES = FEATURE_NAMES.slice(0, 3);
const SMALL = parseSettings(DEFAULT_RECIPE, {
  trees: 20,
  learningRate: 0.3,
  maxDepth: 3,
  columnFraction: 1,
  minChildWeight: 1,
});
const metadata = { featureService: 's:1', dataDigest: 'd', trainingRange: { fromMs: 0, toMs: 1 }, threshold: 0.25 };

/** Rows whose label depends on the first column; `isFraud` overrides it. */
function someRows(count: number, isFraud?: (row: number) => boolean): LabelledRows {
  const random = seededRandom(1);
  const features = Float32Array.from({ length: count * NAMES.length }, () => random.uniform());
  const labels = Float32Array.from({ length: count }, (_, row) =>
    Number(isFraud === undefined ? (features[row * NAMES.length] ?? 0) > 0.8 : isFraud(row)),
  );
  return { featureNames: NAMES, features, labels };
}

/** A trainer that must not be reached. */
class NoTrainer extends TreeTrainer {
  override train(): Promise<TrainedModel> {
    throw new Error('the rows should have been refused');
  }
}

/** A native trainer whose last margin is wrong, as if the export had lost a tree on some rows. */
class ShiftedMargins extends TreeTrainer {
  constructor(private readonly trees: TreeTrainer) {
    super();
  }

  override async train(train: LabelledMatrix, options: TrainOptions): Promise<TrainedModel> {
    const trained = await this.trees.train(train, options);
    const margins = trained.margins?.map((margin, row, all) => (row === all.length - 1 ? margin + 0.01 : margin));
    return { ...trained, ...(margins && { margins }) };
  }
}

const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin));

/** NaN if one of the values is not a number, and then no comparison holds. */
function largestDifference(left: Float32Array, right: Float32Array): number {
  return Math.max(...Array.from(left, (value, at) => Math.abs(value - (right[at] ?? Number.NaN))));
}

function scoresOf(bytes: Uint8Array, rows: LabelledRows): Promise<Float32Array> {
  return scoreOnnx({ bytes, signature: readModelFile(bytes).signature }, rows.features);
}

const learnWithoutTraining = (recipe: Recipe, rows: LabelledRows) =>
  new NativeLearner(new NoTrainer()).learn(recipe, rows);

test.each([
  ['no rows', someRows(0), 'there are no rows to learn from'],
  ['no fraud', someRows(10, () => false), 'there is no fraud among the 10 rows to learn from'],
  ['frauds only', someRows(10, () => true), 'there is no genuine transaction among the 10 rows to learn from'],
])('%s is refused before any training', async (_what, rows, message) => {
  await expect(learnWithoutTraining(SMALL, rows)).rejects.toMatchObject({ code: 'NOTHING_TO_LEARN', message });
});

test('columns are put into the wanted order by name, and missing ones are named', () => {
  const rows = { featureNames: ['a', 'b'], features: Float32Array.of(1, 2, 3, 4) };

  expect([...inFeatureOrder(rows, ['b', 'a'])]).toEqual([2, 1, 4, 3]);
  expect([...inFeatureOrder(rows, ['b'])]).toEqual([2, 4]);
  expect(inFeatureOrder(rows, ['a', 'b'])).toBe(rows.features);
  expect(() => inFeatureOrder(rows, ['a', 'c', 'd'])).toThrow('the rows lack features that the model needs: c, d');
});

describe.skipIf(!hasLibrary)('with the native library (else skipped: set-up puts it into .fraudflow/native)', () => {
  const learner = (): NativeLearner => new NativeLearner(new XgboostTrainer(resolveXgboostLibrary({ nativeDir })));

  test('a model learns, its file has the metadata, and its scores are those of the file by feature name', async () => {
    const rows = someRows(500);
    const shares: number[] = [];

    const model = await learner().learn(SMALL, rows, { onProgress: (share) => shares.push(share) });
    const scores = await model.score(rows);
    const reversed = await model.score({
      featureNames: NAMES.toReversed(),
      features: inFeatureOrder(rows, NAMES.toReversed()),
    });

    expect(readModelFile(model.toOnnx(metadata))).toMatchObject({
      properties: { threshold: 0.25 },
      featureService: 's:1',
    });
    expect(scores.filter((score, row) => score > 0.5 === (rows.labels[row] === 1)).length).toBeGreaterThan(480);
    expect(reversed).toEqual(scores);
    expect(shares.at(-1)).toBe(1);
  });

  test('the same recipe and rows give the same file, another seed another one', async () => {
    const rows = someRows(500);
    const fileOf = async (recipe: Recipe) => (await learner().learn(recipe, rows)).toOnnx(metadata);

    const first = await fileOf(SMALL);

    expect(await fileOf(SMALL)).toEqual(first);
    expect(await fileOf(parseSettings(SMALL, { seed: 1 }))).not.toEqual(first);
  });

  test('a calibration changes the file as applyCalibration says, and not the scores of the model', async () => {
    const rows = someRows(500);
    const model = await learner().learn(SMALL, rows);
    const before = await model.score(rows);
    const platt: Calibration = { kind: 'platt', slope: 0.5, offset: -1 };

    const calibrated = await scoresOf(model.toOnnx(metadata, platt), rows);

    const expected = before.map((score) => applyCalibration(platt, Math.log(score / (1 - score))));
    expect(largestDifference(calibrated, expected)).toBeLessThanOrEqual(1e-6);
    expect(largestDifference(calibrated, before)).toBeGreaterThan(0.1);
    expect(await model.score(rows)).toEqual(before);
    expect(model.toOnnx(metadata, { kind: 'none' })).toEqual(model.toOnnx(metadata));
  });

  test('a calibration that cannot be written is refused', async () => {
    const model = await learner().learn(SMALL, someRows(500));

    expect(() => model.toOnnx(metadata, { kind: 'platt', slope: Number.NaN, offset: 0 })).toThrow(/slope NaN/);
  });

  test('margins that are not those of the exported trees are refused', async () => {
    const trees = new XgboostTrainer(resolveXgboostLibrary({ nativeDir }));

    await expect(new NativeLearner(new ShiftedMargins(trees)).learn(SMALL, someRows(500))).rejects.toMatchObject({
      code: 'ONNX_PARITY',
    });
  });

  test('a cancelled training ends with the reason', async () => {
    const reason = new Error('cancelled by the caller');

    await expect(learner().learn(SMALL, someRows(500), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('logistic regression', () => {
  const LOGISTIC = recipeNamed('handbook-logistic');
  /** Log-odds 6 · first − 3 · second − 3, so that the classes overlap. */
  const noisy = (count: number, scale = 1): LabelledRows => {
    const random = seededRandom(2);
    const features = Float32Array.from({ length: count * NAMES.length }, () => scale * random.uniform());
    const labels = Float32Array.from({ length: count }, (_, row) => {
      const [first = 0, second = 0] = features.subarray(row * NAMES.length);
      return Number(random.uniform() < 1 / (1 + Math.exp(3 + (3 * second - 6 * first) / scale)));
    });
    return { featureNames: NAMES, features, labels };
  };

  test('learns without the tree trainer, and its file scores as the model that was fitted', async () => {
    const rows = noisy(2_500);
    const shares: number[] = [];

    const model = await new NativeLearner(new NoTrainer()).learn(LOGISTIC, rows, {
      onProgress: (share) => shares.push(share),
    });
    const scores = await model.score(rows);

    const fitted = logisticMargins(fitLogisticRegression(rows, { inverseRegularisation: 1 }), rows.features);
    expect(largestDifference(scores, fitted.map(sigmoid))).toBeLessThanOrEqual(1e-6);
    expect(rocAuc(scores, rows.labels)).toBeGreaterThan(0.8);
    expect(readModelFile(model.toOnnx(metadata))).toMatchObject({ properties: { threshold: 0.25 } });
    expect(Number(model.parameters['newton_steps'])).toBeGreaterThan(1);
    expect(shares).toEqual([1]);
  });

  test('the same recipe and rows give the same file, other settings another one', async () => {
    const fileOf = async (json: object) =>
      (await learnWithoutTraining(parseSettings(LOGISTIC, json), noisy(500))).toOnnx(metadata);

    const first = await fileOf({});

    expect(await fileOf({})).toEqual(first);
    expect(await fileOf({ classWeight: 'balanced' })).not.toEqual(first);
    expect(await fileOf({ inverseRegularisation: 0.01 })).not.toEqual(first);
  });

  test('columns of large values do not separate the file from the model', async () => {
    const rows = noisy(2_500, 50_000);

    await expect(learnWithoutTraining(LOGISTIC, rows)).resolves.toBeDefined();
  });

  test('missing values are refused with the name of the column', async () => {
    const rows = noisy(100);
    rows.features[1] = Number.NaN;

    await expect(learnWithoutTraining(LOGISTIC, rows)).rejects.toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining(`${NAMES[1]} (1 of 100 rows)`),
    });
  });

  test('rows of one class are refused', async () => {
    await expect(
      learnWithoutTraining(
        LOGISTIC,
        someRows(10, () => false),
      ),
    ).rejects.toMatchObject({
      code: 'NOTHING_TO_LEARN',
    });
  });

  test('an aborted one is not fitted', async () => {
    const reason = new Error('cancelled by the caller');

    const learning = new NativeLearner(new NoTrainer()).learn(LOGISTIC, noisy(100), {
      signal: AbortSignal.abort(reason),
    });

    await expect(learning).rejects.toBe(reason);
  });
});
