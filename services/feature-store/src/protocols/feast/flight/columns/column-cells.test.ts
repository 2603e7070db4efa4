import { type DataType, Decimal, Float64, makeData, makeVector, Vector, vectorFromArray } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ColumnCells, nearestDouble, scaled } from './column-cells.js';
import { readAmounts } from './column-readers.js';

const WIDTHS = [32, 64, 128, 256] as const;

interface DecimalColumn {
  readonly bits: number;
  readonly scale: number;
  /** Null = missing. */
  readonly unscaled: readonly (bigint | null)[];
}

/** Decimals in Arrow's layout: little-endian words in two's complement. */
function decimals({ bits, scale, unscaled }: DecimalColumn): Vector<Decimal> {
  const words = bits / 32;
  const data = new Uint32Array(unscaled.length * words);
  const nullBitmap = new Uint8Array(Math.ceil(unscaled.length / 8));
  unscaled.forEach((value, row) => {
    if (value === null) return;
    nullBitmap[row >> 3] = (nullBitmap[row >> 3] ?? 0) | (1 << (row & 7));
    for (let word = 0; word < words; word++)
      data[row * words + word] = Number((value >> BigInt(32 * word)) & 0xffffffffn);
  });
  const type = new Decimal(scale, 9, bits);
  return makeVector(makeData({ type, length: unscaled.length, nullCount: -1, nullBitmap, data }));
}

const all = (column: { readonly length: number }): Uint32Array =>
  Uint32Array.from({ length: column.length }, (_, row) => row);
const amounts = (column: Vector<DataType>): readonly number[] => [...readAmounts(column, 2, all(column))];

test.each(WIDTHS)('amounts in decimals of %i bits equal those of the same doubles, for any scale', (bits) => {
  const column = (scale: number, unscaled: readonly (bigint | null)[]) => amounts(decimals({ bits, scale, unscaled }));

  expect(column(2, [1_250n, 7n, 199_999n])).toEqual(amounts(vectorFromArray([12.5, 0.07, 1_999.99], new Float64())));
  expect(column(1, [125n])).toEqual([1_250]);
  expect(column(0, [12n])).toEqual([1_200]);
  expect(column(3, [12_505n, 12_504n])).toEqual([1_251, 1_250]);
  expect(column(-2, [5n])).toEqual([50_000]);
  expect(column(2, [null, 1n])).toEqual([Number.NaN, 1]);
});

test('a decimal of any value, width and scale is read exactly, also across chunks', () => {
  const decimal = fc.constantFrom(...WIDTHS).chain((bits) => {
    const limit = 2n ** BigInt(bits - 1);
    return fc.record({
      bits: fc.constant(bits),
      scale: fc.integer({ min: -10, max: 38 }),
      unscaled: fc.array(fc.option(fc.bigInt({ min: -limit, max: limit - 1n })), { minLength: 1, maxLength: 5 }),
    });
  });
  fc.assert(
    fc.property(decimal, (column) => {
      const one = decimals(column);
      const cells = new ColumnCells(new Vector([...one.data, ...one.data]));
      const read = Array.from(
        { length: 2 * column.unscaled.length },
        (_, row) => cells.decimalAt(row)?.unscaled ?? null,
      );
      expect(read).toEqual([...column.unscaled, ...column.unscaled]);
    }),
    { seed: 1_902, numRuns: 300 },
  );
});

test('rounding to minor units is exact, halves away from zero', () => {
  expect(scaled({ unscaled: 1_005n, scale: 3 }, 2)).toBe(101n);
  expect(scaled({ unscaled: -1_005n, scale: 3 }, 2)).toBe(-101n);
  expect(scaled({ unscaled: 1_004n, scale: 3 }, 2)).toBe(100n);
  expect(scaled({ unscaled: 10n ** 40n + 1n, scale: 40 }, 2)).toBe(100n);
  expect(nearestDouble({ unscaled: 1n, scale: 1 })).toBe(0.1);
});

test.each([
  ['a negative amount', decimals({ bits: 128, scale: 2, unscaled: [1n, -1n] })],
  ['an amount above the maximum', decimals({ bits: 256, scale: 0, unscaled: [1n, 10n ** 60n] })],
  ['text that is not a number', vectorFromArray(['1', 'much'])],
  ['infinity', vectorFromArray([1, Number.POSITIVE_INFINITY], new Float64())],
  ['a flag', vectorFromArray([null, true])],
])('%s is refused with its row', (_what, column) => {
  expect(() => amounts(column)).toThrow(expect.objectContaining({ kind: 'invalid_input', field: 'amount' }));
  expect(() => amounts(column)).toThrow('row 1');
});

test('an impossible scale is refused before it is used', () => {
  expect(() => new ColumnCells(decimals({ bits: 128, scale: 2 ** 31 - 1, unscaled: [1n] })).decimalAt(0)).toThrow(
    RangeError,
  );
});
