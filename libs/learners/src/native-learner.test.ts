import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FEATURE_NAMES } from '@fraudflow/features';
import { DEFAULT_RECIPE, parseSettings, readModelFile, type Recipe, recipeNamed } from '@fraudflow/learning';
import { seededRandom } from '@fraudflow/stats';
import {
  nativePlatform,
  resolveXgboostLibrary,
  type TrainedModel,
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

  test('a cancelled training ends with the reason', async () => {
    const reason = new Error('cancelled by the caller');

    await expect(learner().learn(SMALL, someRows(500), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test('a recipe of a learner that is not built in is refused', async () => {
  await expect(learnWithoutTraining(recipeNamed('handbook-logistic'), someRows(50))).rejects.toMatchObject({
    kind: 'failed_precondition',
  });
});
