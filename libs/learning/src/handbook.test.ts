import { DAY_MS } from '@fraudflow/core';
import { FEATURE_NAMES } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { hasHandbook, readHandbook, readHandbookFeatures } from '../test/handbook.js';
import { evaluateScores } from './evaluation/evaluate-scores.js';
import { fitLogisticRegression } from './linear/fit-logistic-regression.js';
import { logisticMargins } from './linear/logistic-model.js';
import { planFolds } from './protocol/plan-folds.js';
import { rowsOfFold } from './protocol/rows-of-fold.js';
import { recipeNamed } from './recipe/recipes.js';

const WEEKS = { trainDays: 7, delayDays: 7, testDays: 7 };

async function readColumns(from: string) {
  const rows = await readHandbook(from);
  return { ...rows, labelledAtMs: rows.occurredAtMs.map((at, row) => (rows.labels[row] === 1 ? at + 7 * DAY_MS : 0)) };
}

function pick(values: readonly number[], rows: Int32Array): number[] {
  return Array.from(rows, (row) => values[row] ?? Number.NaN);
}

// Skipped where shared/data/handbook is absent.
test.skipIf(!hasHandbook)(
  'six weekly folds of the handbook data have the published counts',
  async () => {
    const columns = await readColumns('2018-06-20');
    const folds = planFolds({ ...WEEKS, trainStartMs: Date.parse('2018-06-20'), folds: 6 });
    const count = (values: ArrayLike<number>, value: number) =>
      Array.from(values).filter((one) => one === value).length;

    const table = folds.map((fold) => {
      const rows = rowsOfFold(columns, fold, WEEKS.delayDays);
      const scenarios = pick(columns.scenarios, rows.test);
      return [
        new Date(fold.train.fromMs).toISOString().slice(5, 10),
        rows.train.length,
        count(rows.trainLabels, 1),
        rows.test.length,
        count(rows.testLabels, 1),
        ...[1, 2, 3].map((scenario) => count(scenarios, scenario)),
        rows.removedRows,
      ];
    });

    expect(table).toEqual([
      ['06-20', 66864, 633, 57182, 416, 29, 269, 118, 9772],
      ['06-27', 67574, 611, 57800, 411, 26, 261, 124, 9128],
      ['07-04', 66954, 600, 57931, 351, 40, 220, 91, 8893],
      ['07-11', 66928, 633, 58505, 374, 28, 241, 105, 8735],
      ['07-18', 66824, 536, 58535, 415, 24, 293, 98, 8440],
      ['07-25', 67240, 598, 58264, 385, 20, 281, 84, 8816],
    ]);
  },
  60_000,
);

test.skipIf(!hasHandbook)(
  'the recipe handbook-logistic has the published AUC, AP and CP@100',
  async () => {
    const recipe = recipeNamed('handbook-logistic');
    const columns = await readColumns('2018-07-25');
    const published = await readHandbookFeatures();
    const [fold] = planFolds({ ...WEEKS, trainStartMs: Date.parse('2018-07-25'), folds: 1 });
    if (fold === undefined || recipe.learner !== 'logistic') throw new Error('a fold and a logistic recipe');
    const rows = rowsOfFold(columns, fold, WEEKS.delayDays);
    const matrix = (of: Int32Array): Float32Array =>
      Float32Array.from(
        Array.from(of, (row) => [columns.amounts[row] ?? NaN, ...(published.get(columns.ids[row] ?? '') ?? [])]).flat(),
      );

    const training = { features: matrix(rows.train), labels: rows.trainLabels, featureNames: FEATURE_NAMES };
    const model = fitLogisticRegression(training, recipe.settings);
    const scored = {
      scores: logisticMargins(model, matrix(rows.test)).map((margin) => 1 / (1 + Math.exp(-margin))),
      labels: rows.testLabels,
      cardIds: pick(columns.cardIds, rows.test),
      occurredAtMs: pick(columns.occurredAtMs, rows.test),
    };
    const evaluation = evaluateScores(scored, { threshold: 0.5, firstDayMs: fold.test.fromMs });

    expect(Math.abs(evaluation.aucRoc - 0.871)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(evaluation.averagePrecision - 0.606)).toBeLessThanOrEqual(0.001);
    expect(Math.abs(evaluation.cardPrecision - 0.291)).toBeLessThanOrEqual(0.001);
  },
  60_000,
);
