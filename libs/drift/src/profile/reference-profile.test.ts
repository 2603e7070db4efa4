import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aProfile, seededRandom } from '../../test/simulated-stream.js';
import { profileFromJson, profileToJson } from './profile-json.js';
import { quantileBins } from './quantile-bins.js';
import { ReferenceProfile } from './reference-profile.js';

const aReference = (values: readonly number[], sampleSize = 10): ReferenceProfile =>
  ReferenceProfile.build(
    { model: 'm', version: '1', featureNames: ['amount'], features: [values], scores: values.map(() => 0.5) },
    { sampleSize },
  );

describe('bins', () => {
  test('hold equal mass when values are distinct', () => {
    const bins = quantileBins(
      Float64Array.from({ length: 100 }, (_, i) => i),
      10,
    );

    expect(bins.counts).toEqual(Array.from({ length: 10 }, () => 10));
  });

  test('give zeros of a zero-inflated column a separate bin', () => {
    expect(quantileBins(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 1, 2, 3), 5)).toEqual({ cuts: [0, 1], counts: [7, 1, 2] });
  });

  test('keep a rare flag apart from the rest', () => {
    const flags = Float64Array.from({ length: 100 }, (_, i) => (i < 97 ? 0 : 1));

    expect(quantileBins(flags, 10)).toEqual({ cuts: [0], counts: [97, 3] });
  });

  test.each([
    [[3, 97], [0], [3, 97]],
    [
      [5, 90, 5],
      [0, 1],
      [5, 90, 5],
    ],
    [
      [2, 2, 2, 90, 2, 2],
      [2, 3],
      [6, 90, 4],
    ],
  ])(
    'give a value that most rows have a separate bin, wherever it is in the range (%j)',
    (rowsPerValue, cuts, counts) => {
      const sorted = Float64Array.from(
        rowsPerValue.flatMap((rows, value) => Array.from({ length: rows }, () => value)),
      );

      expect(quantileBins(sorted, 10)).toEqual({ cuts, counts });
    },
  );

  test('have ascending cut points, contain every row, and are at most 2·K', () => {
    const values = fc.array(
      fc.oneof(fc.constantFrom(0, 1, 9.99), fc.integer({ min: -5, max: 5 }), fc.float({ noNaN: true })),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 20 }), (drawn, binCount) => {
        const sorted = Float64Array.from(drawn).sort();
        const { cuts, counts } = quantileBins(sorted, binCount);

        expect(cuts.every((cut, i) => i === 0 || (cuts[i - 1] ?? NaN) < cut)).toBe(true);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(sorted.length);
        expect(counts.every((count) => count > 0 || sorted.length === 0)).toBe(true);
        expect(counts.length).toBeLessThanOrEqual(Math.max(1, 2 * binCount));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test('of a constant column are a single bin', () => {
    expect(quantileBins(Float64Array.of(5, 5, 5), 10)).toEqual({ cuts: [], counts: [3] });
  });
});

test('missing and infinite values are counted apart', () => {
  const [amount] = aReference([1, NaN, 2, Infinity, 3]).features;

  expect(amount).toMatchObject({ present: 3, missing: 2, mean: 2, min: 1, max: 3 });
});

test('a short column is kept whole, a long one as evenly spaced quantiles', () => {
  const long = Array.from({ length: 1000 }, (_, i) => i);

  expect([...(aReference([3, 1, 2]).features[0]?.sample ?? [])]).toEqual([1, 2, 3]);
  expect([...(aReference(long).features[0]?.sample ?? [])].map(Math.round)).toEqual(
    Array.from({ length: 10 }, (_, i) => Math.round(999 * ((i + 0.5) / 10))),
  );
});

test('a profile survives JSON', () => {
  const profile = aProfile(seededRandom(1), 500);

  expect(profileFromJson(JSON.parse(JSON.stringify(profileToJson(profile))))).toEqual(profile);
});

test('a profile of an all-missing column survives JSON', () => {
  const profile = aReference([NaN, NaN]);

  expect(profileFromJson(JSON.parse(JSON.stringify(profileToJson(profile))))).toEqual(profile);
});

test.each([
  ['format', { format: 'other/2' }],
  ['model', { model: '' }],
  ['rows', { rows: -1 }],
  ['rows', { rows: 0 }],
  ['features', { features: 3 }],
  ['baseline.auc', { baseline: { auc: 'high' } }],
])('a stored profile with a wrong %s is refused by name', (field, change) => {
  const json = { ...profileToJson(aReference([1, 2, 3])), ...change };

  expect(() => profileFromJson(json)).toThrow(field);
});

test('reference and rows are compared in the 32-bit precision in which the model reads them', () => {
  const [amount] = aReference([0.7, 4.99, 9.99, 19.95]).features;

  expect(amount?.max).toBe(Math.fround(19.95));
  expect([...(amount?.sample ?? [])]).toEqual([0.7, 4.99, 9.99, 19.95].map(Math.fround));
});

test('cut points stored as doubles are rounded, and merge where they become equal', () => {
  const json = profileToJson(aReference([1, 2, 3]));
  const [amount] = json.features;
  const bins = { cuts: [1, 1 + 1e-12, 2], counts: [1, 1, 0, 1] };

  const read = profileFromJson({ ...json, features: [{ ...amount, bins, max: 9.99 }] });

  expect(read.features[0]).toMatchObject({ bins: { cuts: [1, 2], counts: [1, 1, 1] }, max: Math.fround(9.99) });
});

test('a stored profile whose feature names repeat is refused', () => {
  const json = profileToJson(aReference([1, 2, 3]));

  expect(() => profileFromJson({ ...json, features: [...json.features, ...json.features] })).toThrow(/repeated names/);
});

test('stored counts that do not add up are refused', () => {
  const json = profileToJson(aReference([1, 2, 3]));
  const score = { ...json.score, bins: { cuts: [], counts: [2] } };

  expect(() => profileFromJson({ ...json, score })).toThrow('score.bins.counts');
});

test('rows that do not fit together are refused', () => {
  const rows = { model: 'm', version: '1', featureNames: ['a', 'a'], features: [[1], [1]], scores: [0.1] };

  expect(() => ReferenceProfile.build(rows)).toThrow(/repeat/);
  expect(() => ReferenceProfile.build({ ...rows, featureNames: ['a', 'b'], features: [[1], [1, 2]] })).toThrow(
    /2 rows/,
  );
  expect(() => aReference([])).toThrow(/at least one row/);
});
