import { expect, test } from 'vitest';
import { doubleJson, valueJson } from './json-writer.js';

test.each([
  [2, '2.0'],
  [-3, '-3.0'],
  [0.1, '0.1'],
  [Math.fround(0.1), '0.10000000149011612'],
  [1e21, '1e+21'],
  [1e20, '100000000000000000000.0'],
  [5e-324, '5e-324'],
  [-0, '0.0'],
  [Number.NaN, 'null'],
  [Number.POSITIVE_INFINITY, 'null'],
  [Number.NEGATIVE_INFINITY, 'null'],
])('the double %d is written as %s', (value, expected) => {
  expect(doubleJson(value)).toBe(expected);
});

test.each([
  [9_007_199_254_740_993n, 'int64', '9007199254740993'],
  [-9_223_372_036_854_775_808n, 'int64', '-9223372036854775808'],
  [3, 'int64', '3'],
  [1_500_000_000n, 'unix_timestamp', '1500000000'],
  [true, 'bool', 'true'],
  ['say "hi"\n', 'string', String.raw`"say \"hi\"\n"`],
  ['1e3', 'string', '"1e3"'],
  [null, 'double', 'null'],
] as const)('%s as %s is written as %s', (value, dtype, expected) => {
  expect(valueJson(value, dtype)).toBe(expected);
});
