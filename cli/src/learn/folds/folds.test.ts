import { expect, test } from 'vitest';
import type { MetricIntervals } from '@fraudflow/learning';
import { checkColumns } from './check-rows.js';
import { matrixSha256 } from './matrix-sha256.js';
import type { FoldResult } from './run-fold.js';
import { summariseFolds } from './summarise-folds.js';

const NAMES = ['a', 'b'];

function aResult(averagePrecision: number, recallByScenario: Readonly<Record<string, number>> = {}): FoldResult {
  const metrics: MetricIntervals = { averagePrecision: { value: averagePrecision, lower: 0, upper: 1 } };
  return { metrics, recallByScenario, perfectCardPrecision: 0.4, money: undefined } as FoldResult;
}

test('every constant and every missing column is named with its value', () => {
  const constant = Float32Array.of(7, Number.NaN, 7, Number.NaN);
  const labels = Float32Array.of(0, 1);

  expect(() => checkColumns('fold 2', { featureNames: NAMES, features: constant, labels })).toThrow(
    /a \(7 in every row\), b \(missing in every row\) in the training rows of fold 2/,
  );
});

test('a column that is missing in some rows only is accepted', () => {
  const features = Float32Array.of(1, Number.NaN, 2, 5);

  expect(() => checkColumns('fold 1', { featureNames: NAMES, features, labels: Float32Array.of(0, 1) })).not.toThrow();
});

test('the digest of a matrix depends on its values and not on the form of NaN and zero', () => {
  const negativeNan = new Float32Array(Uint32Array.of(0xffc00000).buffer);

  expect(matrixSha256(Float32Array.of(Number.NaN))).toBe(matrixSha256(negativeNan));
  expect(matrixSha256(Float32Array.of(0))).toBe(matrixSha256(Float32Array.of(-0)));
  expect(matrixSha256(Float32Array.of(1))).not.toBe(matrixSha256(Float32Array.of(2)));
});

test('the summary has mean and sample standard deviation, which one fold does not have', () => {
  const { averagePrecision, perfectCardPrecision } = summariseFolds([aResult(0.5), aResult(0.7)]);

  expect(averagePrecision?.mean).toBeCloseTo(0.6, 12);
  expect(averagePrecision?.sd).toBeCloseTo(Math.sqrt(0.02), 12);
  expect(perfectCardPrecision).toEqual({ mean: 0.4, sd: 0 });
  expect(summariseFolds([aResult(0.5)])['averagePrecision']?.sd).toBeNaN();
});

test('recall is summarised for every kind of fraud, and undefined where a fold lacks the kind', () => {
  const summary = summariseFolds([aResult(0.5, { 2: 0.5 }), aResult(0.7, { 1: 1, 2: 0.7 })]);

  expect(summary['recallScenario2']?.mean).toBeCloseTo(0.6, 12);
  expect(summary['recallScenario1']?.mean).toBeNaN();
});
