import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import {
  evaluateScores,
  type Evaluation,
  type LabelledColumns,
  recipeNamed,
  splitByTime,
  type TimeSplit,
  writeTreeEnsembleOnnx,
} from '@fraudflow/learning';
import { FEATURE_NAMES } from '@fraudflow/features';
import { checkOnnxParity, onnxOutputs, PROBABILITY_TOLERANCE } from '@fraudflow/inference';
import { nativePlatform, resolveXgboostLibrary, XgboostTrainer } from '@fraudflow/xgboost';
import { beforeAll, describe, expect, test } from 'vitest';
import { NativeLearner } from './native-learner.js';

const root = new URL('../../..', import.meta.url);
const nativeDir = fileURLToPath(new URL('.fraudflow/native', root));
const data = new URL('../shared/data/handbook/', root);
const hasAll =
  existsSync(`${nativeDir}/${nativePlatform().key}/${nativePlatform().xgboostFile}`) &&
  existsSync(new URL('features.csv.gz', data));

const TRAIN_START = '2018-07-25';
const FEATURES = 15;

interface Handbook extends LabelledColumns {
  readonly occurredAtMs: number[];
  readonly cardIds: number[];
  readonly labels: number[];
  readonly ids: string[];
  readonly amounts: number[];
}

async function* csvRows(file: string): AsyncIterable<string[]> {
  const input = createReadStream(new URL(file, data)).pipe(createGunzip());
  for await (const line of createInterface({ input })) {
    if (!line.startsWith('TRANSACTION_ID')) yield line.split(',');
  }
}

async function readTransactions(): Promise<Handbook> {
  const rows: Handbook = { occurredAtMs: [], cardIds: [], labels: [], ids: [], amounts: [] };
  for await (const [id = '', at = '', card, , amount, label] of csvRows('transactions.csv.gz')) {
    if (at < TRAIN_START) continue;
    rows.ids.push(id);
    rows.occurredAtMs.push(Date.parse(`${at.replace(' ', 'T')}Z`));
    rows.cardIds.push(Number(card));
    rows.amounts.push(Number(amount));
    rows.labels.push(Number(label));
  }
  return rows;
}

async function readFeatures(): Promise<Map<string, number[]>> {
  const features = new Map<string, number[]>();
  for await (const [id = '', ...values] of csvRows('features.csv.gz')) features.set(id, values.map(Number));
  return features;
}

function pick<T>(values: readonly T[], rows: Int32Array): T[] {
  return Array.from(rows, (row) => values[row] as T);
}

describe.skipIf(!hasAll)('on the handbook data (else skipped: library or shared/data/handbook is absent)', () => {
  let all: Handbook;
  let split: TimeSplit;
  let train: { rows: Float32Array; labels: Float32Array };
  let testRows: Float32Array;

  beforeAll(async () => {
    all = await readTransactions();
    const published = await readFeatures();
    const matrix = (rows: Int32Array): Float32Array =>
      Float32Array.from(
        Array.from(rows, (row) => [all.amounts[row] ?? NaN, ...(published.get(all.ids[row] ?? '') ?? [])]).flat(),
      );
    split = splitByTime(all, { trainStartMs: Date.parse(TRAIN_START), trainDays: 7, delayDays: 7, testDays: 7 });
    train = { rows: matrix(split.train), labels: Float32Array.from(pick(all.labels, split.train)) };
    testRows = matrix(split.test);
  }, 60_000);

  function evaluate(scores: Float32Array): Evaluation {
    const columns = {
      scores,
      labels: pick(all.labels, split.test),
      cardIds: pick(all.cardIds, split.test),
      occurredAtMs: pick(all.occurredAtMs, split.test),
    };
    return evaluateScores(columns, { threshold: 0.5, firstDayMs: split.testRange.fromMs });
  }

  test.each([
    ['handbook-xgboost-default', { aucRoc: 0.862, averagePrecision: 0.639, cardPrecision: 0.273 }],
    ['handbook-logistic', { aucRoc: 0.871, averagePrecision: 0.606, cardPrecision: 0.291 }],
  ])(
    '%s has the published figures within .005',
    async (name, published) => {
      const learner = new NativeLearner(new XgboostTrainer(resolveXgboostLibrary({ nativeDir })));

      const model = await learner.learn(recipeNamed(name), {
        featureNames: FEATURE_NAMES,
        features: train.rows,
        labels: train.labels,
      });
      const evaluation = evaluate(await model.score({ featureNames: FEATURE_NAMES, features: testRows }));

      expect(evaluation).toMatchObject({ rows: 58_264, frauds: 385 });
      for (const [metric, value] of Object.entries(published) as [keyof typeof published, number][]) {
        expect(Math.abs(evaluation[metric] - value), `${metric} is ${evaluation[metric]}`).toBeLessThanOrEqual(0.005);
      }
    },
    60_000,
  );

  for (const params of [{ tree_method: 'exact' }, {}]) {
    test(`100 trees, rate .1, depth 3 reach AUC .873, AP .683, CP@100 .296 as ONNX, with ${JSON.stringify(params)}`, async () => {
      const trained = await new XgboostTrainer(resolveXgboostLibrary({ nativeDir })).train(train, {
        features: FEATURES,
        rounds: 100,
        seed: 0,
        params: { eta: 0.1, max_depth: 3, ...params },
        marginsFor: testRows,
      });

      const model = writeTreeEnsembleOnnx(trained.modelJson, {
        featureNames: Array.from({ length: FEATURES }, (_, index) => `f${index}`),
        metadata: { featureService: 'handbook', dataDigest: '', trainingRange: split.trainRange, threshold: 0.5 },
      });
      const worst = await checkOnnxParity(model, testRows, FEATURES, {
        margins: trained.margins ?? new Float32Array(),
      });
      const evaluation = evaluate(await onnxOutputs(model, testRows, FEATURES));
      expect(worst).toBeLessThanOrEqual(PROBABILITY_TOLERANCE);
      expect(evaluation).toMatchObject({ rows: 58_264, frauds: 385 });
      expect(Math.abs(evaluation.aucRoc - 0.873)).toBeLessThanOrEqual(0.005);
      expect(Math.abs(evaluation.averagePrecision - 0.683)).toBeLessThanOrEqual(0.005);
      expect(Math.abs(evaluation.cardPrecision - 0.296)).toBeLessThanOrEqual(0.005);
    }, 60_000);
  }
});
