import { expect, test } from 'vitest';
import { toMajorUnits, toMinorUnits } from './minor-units.js';

test.each([
  [57.16, 2, 5716],
  [0.1 + 0.2, 2, 30],
  [1.005, 2, undefined],
  [1500, 0, 1500],
  [1500.5, 0, undefined],
  [1.234, 3, 1234],
  [1.2345, 3, undefined],
  [999_999_999_999.99, 2, 99_999_999_999_999],
  [1e15, 2, undefined],
  [Number.NaN, 2, undefined],
  [Number.POSITIVE_INFINITY, 2, undefined],
])('%d with %d decimals is %s minor units', (amount, decimals, minor) => {
  expect(toMinorUnits(amount, decimals)).toBe(minor);
});

test('a conversion to major units and back gives the same minor units', () => {
  for (const decimals of [0, 2, 3, 4]) {
    for (let minor = 0; minor < 2_000_000_000; minor = minor * 3 + 7) {
      expect(toMinorUnits(toMajorUnits(minor, decimals), decimals)).toBe(minor);
    }
  }
});
