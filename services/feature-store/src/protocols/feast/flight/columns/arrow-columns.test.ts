import { makeVector } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnData, type FeatureColumn } from './arrow-columns.js';

const read = (column: FeatureColumn, dtype: Parameters<typeof columnData>[1]): unknown[] =>
  makeVector(columnData(column, dtype, 0, column.length)).toJSON();

test('doubles keep every bit, and NaN becomes null', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.NaN))), (values) => {
      const expected = values.map((value) => (Number.isNaN(value) ? null : value));
      expect(read(Float64Array.from(values), 'double')).toEqual(expected);
    }),
  );
});

test('whole numbers beyond 2^32 and below zero are exact, and NaN becomes null', () => {
  const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(whole), (values) => {
      const expected = values.map((value) => (Number.isNaN(value) ? null : BigInt(value)));
      expect(read(Float64Array.from(values), 'int64')).toEqual(expected);
    }),
  );
});

test('pushed values keep their types, and null stays null', () => {
  expect(read([2n ** 62n, null, -5n], 'int64')).toEqual([2n ** 62n, null, -5n]);
  expect(read(['a', null, 'ä'], 'string')).toEqual(['a', null, 'ä']);
  expect(read([true, null, false], 'bool')).toEqual([true, null, false]);
});

test('timestamps in seconds are converted to nanoseconds', () => {
  const data = columnData([1_700_000_000n, null, -1n], 'unix_timestamp', 0, 3);

  expect([...(data.values as BigInt64Array)]).toEqual([1_700_000_000_000_000_000n, 0n, -1_000_000_000n]);
  expect(data.nullCount).toBe(1);
});

test('a part of a column has the values of that part', () => {
  const column = Float64Array.from([1, Number.NaN, 3, 4]);

  expect(makeVector(columnData(column, 'double', 1, 3)).toJSON()).toEqual([null, 3]);
});
