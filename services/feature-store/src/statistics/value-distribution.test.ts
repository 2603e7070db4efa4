import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distributionOf } from './value-distribution.js';

test('every present value is in exactly one bin', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e9, max: 1e9 })),
      fc.constantFrom('double', 'int64', 'bool', 'unix_timestamp') as fc.Arbitrary<'double' | 'int64'>,
      (values, dtype) => {
        const present = values.filter((value) => !Number.isNaN(value));
        const distribution = distributionOf(Float64Array.from(values), dtype);

        if (present.length === 0) {
          expect(distribution).toBeUndefined();
          return;
        }
        expect(distribution?.sampled).toBe(present.length);
        expect(distribution?.counts.reduce((sum, count) => sum + count, 0)).toBe(present.length);
        expect(distribution?.to).toBeGreaterThan(distribution?.from ?? Infinity);
      },
    ),
  );
});

test('small whole numbers have one bin each', () => {
  expect(distributionOf(Float64Array.of(0, 1, 1, 3), 'int64')).toMatchObject({
    from: -0.5,
    to: 3.5,
    counts: [1, 2, 0, 1],
  });
});

test('a few huge values do not put all others into one bin', () => {
  const values = Float64Array.from({ length: 1_000 }, (_, i) => (i === 0 ? 1e9 : i / 10));

  const { counts = [] } = distributionOf(values, 'double') ?? {};

  expect(Math.max(...counts)).toBeLessThan(60);
});

test('a constant has one bin about it', () => {
  expect(distributionOf(Float64Array.of(7, 7), 'double')).toMatchObject({ from: 6.5, to: 7.5, counts: [2] });
});
