import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundToMinorUnits, toMajorUnits, toMinorUnits } from './minor-units.js';

const SEED = 4_217;
const MAX_DECIMALS = 4;
/** Decimal numbers of up to 15 significant digits are distinct as doubles. */
const MAX_EXACT_MINOR = 10 ** 15 - 1;

const decimalsOfACurrency = fc.integer({ min: 0, max: MAX_DECIMALS });

/** The decimal text of an amount, computed without floating point. */
function decimalText(minor: bigint, decimals: number): string {
  const scale = 10n ** BigInt(decimals);
  return decimals === 0 ? String(minor) : `${minor / scale}.${String(minor % scale).padStart(decimals, '0')}`;
}

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

test('an amount sent as decimal text has exactly the minor units of its digits', () => {
  const minorUnits = fc.integer({ min: 0, max: MAX_EXACT_MINOR });
  fc.assert(
    fc.property(minorUnits, decimalsOfACurrency, (minor, decimals) => {
      const amount = Number(decimalText(BigInt(minor), decimals));

      expect(toMinorUnits(amount, decimals)).toBe(minor);
      expect(roundToMinorUnits(amount, decimals)).toBe(minor);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('minor units in major units are the double nearest to their decimal text', () => {
  const minorUnits = fc.maxSafeInteger();
  fc.assert(
    fc.property(minorUnits, decimalsOfACurrency, (minor, decimals) => {
      const sign = minor < 0 ? '-' : '';
      const text = sign + decimalText(BigInt(Math.abs(minor)), decimals);

      expect(toMajorUnits(minor, decimals)).toBe(Number(text));
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test('an amount with one decimal more than its currency has no minor units', () => {
  const minorUnits = fc.integer({ min: 0, max: 10 ** 11 });
  const lastDigit = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(minorUnits, lastDigit, decimalsOfACurrency, (minor, digit, decimals) => {
      const amount = Number(decimalText(BigInt(minor) * 10n + BigInt(digit), decimals + 1));

      expect(toMinorUnits(amount, decimals)).toBeUndefined();
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test.each([
  [0.004, 2, 0],
  [0.005, 2, 1],
  [1.5, 0, 2],
  [12.3456, 2, 1_235],
  [Number.NaN, 2, Number.NaN],
  [Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY],
])('%d with %d decimals is rounded to %d minor units', (amount, decimals, minor) => {
  expect(roundToMinorUnits(amount, decimals)).toBe(minor);
});
