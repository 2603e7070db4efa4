import { expect, test } from 'vitest';
import { FeatureMatrix } from './feature-matrix.js';

test('gathered rows have the values appended, rounded to float32, also across blocks', () => {
  const matrix = new FeatureMatrix(2);
  const rows = 40_000;
  for (let row = 0; row < rows; row++) matrix.append(Float64Array.of(row + 0.1, Number.NaN));

  const gathered = matrix.gather(Int32Array.of(0, 16_383, 16_384, rows - 1));

  expect(matrix.rows).toBe(rows);
  expect([...gathered]).toEqual([0, 16_383, 16_384, rows - 1].flatMap((row) => [Math.fround(row + 0.1), Number.NaN]));
});
