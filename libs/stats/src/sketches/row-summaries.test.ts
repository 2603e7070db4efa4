import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { Welford } from '../welford.js';
import { LOG_BUCKETS, logBucketMiddle, logBucketOf, logBucketQuantile } from './log-buckets.js';
import { ReservoirSample } from './reservoir-sample.js';
import { VectorMoments } from './vector-moments.js';

const cell = fc.oneof(
  { weight: 5, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  fc.constantFrom(Number.NaN, Infinity, -Infinity),
);

test('moments of a column equal a single pass over its non-missing values', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 700 }), (rows) => {
      const moments = new VectorMoments(2);
      for (const row of rows) moments.add(row);

      for (const index of [0, 1]) {
        const values = rows.map((row) => row[index] as number).filter(Number.isFinite);
        const expected = new Welford();
        for (const value of values) expected.add(value);
        const { count, missing, mean, m2, min, max } = moments.column(index);
        expect({ count, missing }).toEqual({ count: values.length, missing: rows.length - values.length });
        if (count === 0) continue;
        expect({ min, max }).toEqual({ min: expected.min, max: expected.max });
        expect(Math.abs(mean - expected.mean)).toBeLessThan(1e-9 * 1e6);
        expect(Math.abs(m2 / count - expected.variance())).toBeLessThan(1e-9 * 1e12);
      }
    }),
    { numRuns: 50 },
  );
});

test('a small variance around a huge mean is preserved', () => {
  const random = seededRandom(5);
  const moments = new VectorMoments(1);
  for (let i = 0; i < 10_000; i++) moments.add([1e9 + random.normal()]);

  const { m2, count } = moments.column(0);
  expect(Math.sqrt(m2 / count)).toBeGreaterThan(0.97);
  expect(Math.sqrt(m2 / count)).toBeLessThan(1.03);
});

test('a row of another width is refused', () => {
  expect(() => new VectorMoments(3).add([1, 2])).toThrow(/not 3/);
});

test('every row of a stream is in the sample with the same probability', () => {
  const [rows, capacity, runs] = [100, 10, 4_000];
  const hits = new Float64Array(rows);
  const random = seededRandom(11);
  for (let run = 0; run < runs; run++) {
    const sample = new ReservoirSample(capacity, 1, random);
    for (let row = 0; row < rows; row++) sample.offer([row]);
    for (const row of sample.column(0)) hits[row] = (hits[row] as number) + 1;
  }

  const expected = (runs * capacity) / rows;
  const sigma = Math.sqrt(expected * (1 - capacity / rows));
  expect(Math.max(...hits)).toBeLessThan(expected + 4.5 * sigma);
  expect(Math.min(...hits)).toBeGreaterThan(expected - 4.5 * sigma);
});

test('a sample that is not full holds every row, in all its columns', () => {
  const sample = new ReservoirSample(4, 2, seededRandom(1));
  sample.offer([1, 10]);
  sample.offer([2, 20]);

  expect([...sample.column(0)]).toEqual([1, 2]);
  expect([...sample.column(1)]).toEqual([10, 20]);
  expect(() => new ReservoirSample(0, 1, seededRandom(1))).toThrow(/capacity/);
});

test('a value is within 1/64 of the middle of its bucket, and order is preserved', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 8.7e12, noNaN: true }),
      fc.double({ min: -10, max: 1e14, noNaN: true }),
      (value, other) => {
        const bucket = logBucketOf(value);

        expect(Math.abs(logBucketMiddle(bucket) - Math.floor(value))).toBeLessThanOrEqual(value / 64 + 1e-9);
        expect(bucket).toBeLessThan(LOG_BUCKETS);
        expect(Math.sign(logBucketOf(other) - bucket) * Math.sign(other - value)).toBeGreaterThanOrEqual(0);
      },
    ),
  );
  expect([-5, 0, 0.5, Number.NaN].map(logBucketOf)).toEqual([0, 0, 0, 0]);
});

test('quantiles of counts are the middles of their buckets', () => {
  const counts = new Float64Array(LOG_BUCKETS);
  for (let value = 1; value <= 1_000; value++) counts[logBucketOf(value)] = (counts[logBucketOf(value)] ?? 0) + 1;

  expect(logBucketQuantile(counts, 0.5) / 500).toBeCloseTo(1, 1);
  expect(logBucketQuantile(counts, 0)).toBe(1);
  expect(logBucketQuantile(counts, 1) / 1_000).toBeCloseTo(1, 1);
  expect(logBucketQuantile(new Float64Array(LOG_BUCKETS), 0.5)).toBeNaN();
});
