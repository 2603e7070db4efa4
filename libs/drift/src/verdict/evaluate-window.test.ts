import { defined } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { FEATURES, WINDOW_MS, aProfile, aWindow, drawRow, scoreOf, seededRandom } from '../../test/simulated-stream.js';
import { ReferenceProfile } from '../profile/reference-profile.js';
import { WindowAccumulator } from '../window/window-accumulator.js';
import { WindowCounts } from '../window/window-counts.js';
import { distributionTest } from './distribution-test.js';
import { DEFAULT_DRIFT_OPTIONS, driftOptions, optionsDigest } from './drift-options.js';
import { evaluateWindow } from './evaluate-window.js';
import { shareTest } from './share-test.js';

const profile = aProfile(seededRandom(1), 2000);

test('a stationary window reports every quantity and gives no evidence', () => {
  const verdict = evaluateWindow(profile, aWindow(profile, seededRandom(2), 0, 1000));

  expect(verdict).toMatchObject({ status: 'evaluated', n: 1000, m: 2000, windowEndMs: WINDOW_MS });
  expect(verdict.features).toHaveLength(FEATURES);
  expect(verdict.features[4]?.missing.reference).toBeGreaterThan(0);
  expect(verdict.score.ks?.referenceSize).toBe(2000);
  expect(verdict.inputLogE).toBeLessThan(1);
});

test('a window below the row minimum is reported without evidence', () => {
  const window = aWindow(profile, seededRandom(3), 0, 50, (row) => row.fill(99));
  const verdict = evaluateWindow(profile, window);

  expect(verdict).toMatchObject({ status: 'insufficient', inputLogE: 0, scoreLogE: 0 });
  expect(verdict.features[0]?.psi).toBeGreaterThan(1);
});

test('a window of missing values only has no KS, no PSI and strong evidence', () => {
  const random = seededRandom(4);
  const window = WindowCounts.empty(profile, 0, WINDOW_MS, 500);
  for (let i = 0; i < 500; i++) {
    const row = drawRow(random);
    const withScore = Float64Array.of(...row, scoreOf(row));
    withScore[2] = NaN;
    window.add(profile, withScore, i);
  }

  const feature = evaluateWindow(profile, window).features[2];

  expect(feature).toMatchObject({ n: 0, ks: null, psi: 0, mean: { window: null } });
  expect(feature?.logE).toBeGreaterThan(100);
});

test('values beyond the reference range count against a constant column too', () => {
  const constant = ReferenceProfile.build({
    model: 'm',
    version: '1',
    featureNames: ['flag'],
    features: [new Float64Array(1000)],
    scores: new Float64Array(1000).fill(0.5),
  });
  const window = WindowCounts.empty(constant, 0, WINDOW_MS, 10);
  for (let i = 0; i < 200; i++) window.add(constant, Float64Array.of(i % 2, 0.5), i);

  const [flag] = evaluateWindow(constant, window).features;

  expect(flag?.outOfRange.window).toBe(0.5);
  expect(flag?.logE).toBeGreaterThan(50);
});

/** A profile of one column with `rows` times each value, and a window of the same shape over other counts. */
function oneColumn(reference: ReadonlyMap<number, number>, live: ReadonlyMap<number, number>) {
  const spread = (counts: ReadonlyMap<number, number>): number[] =>
    [...counts].flatMap(([value, rows]) => Array.from({ length: rows }, () => value));
  const values = spread(reference);
  const named = ReferenceProfile.build({
    model: 'm',
    version: '1',
    featureNames: ['column'],
    // The trainer's columns are 32-bit, live values come as doubles.
    features: [Float32Array.from(values)],
    scores: new Float64Array(values.length).fill(0.5),
  });
  const accumulator = new WindowAccumulator(named, { sizeMs: WINDOW_MS });
  spread(live).forEach((value, i) => accumulator.add([value], 0.5, i));
  const [window] = accumulator.closeUpTo(WINDOW_MS);
  const [column] = window === undefined ? [] : evaluateWindow(named, window).features;
  return defined(column, 'column');
}

test.each([
  [
    '97 % ones fall to half',
    new Map([
      [0, 300],
      [1, 9_700],
    ]),
    new Map([
      [0, 500],
      [1, 500],
    ]),
  ],
  [
    '99.9 % ones fall to 95 %',
    new Map([
      [0, 10],
      [1, 9_990],
    ]),
    new Map([
      [0, 50],
      [1, 950],
    ]),
  ],
  [
    '99.9 % zeros fall to 95 %',
    new Map([
      [0, 9_990],
      [1, 10],
    ]),
    new Map([
      [0, 950],
      [1, 50],
    ]),
  ],
  [
    'the lowest of three codes grows',
    new Map([
      [0, 500],
      [1, 9_000],
      [2, 500],
    ]),
    new Map([
      [0, 500],
      [1, 450],
      [2, 50],
    ]),
  ],
])('a flag or code that changes from its usual value gives evidence: %s', (_, reference, live) => {
  expect(oneColumn(reference, live).logE).toBeGreaterThan(20);
});

test('a rare value at its usual frequency gives no evidence', () => {
  const column = oneColumn(
    new Map([
      [0, 10],
      [1, 9_990],
    ]),
    new Map([
      [0, 2],
      [1, 998],
    ]),
  );

  expect(column.distribution.df).toBe(1);
  expect(column.logE).toBeLessThan(0.5);
});

test('frequent prices stay in their bins, although the reference is stored in 32 bits', () => {
  const prices = new Map([
    [0.7, 250],
    [4.99, 250],
    [9.99, 250],
    [19.95, 250],
  ]);
  const column = oneColumn(prices, prices);

  expect(column.psi).toBe(0);
  expect(column.ks?.statistic).toBe(0);
  expect(column.outOfRange.window).toBe(0);
});

test('the verdict is plain JSON', () => {
  const verdict = evaluateWindow(profile, aWindow(profile, seededRandom(5), 0, 300));

  expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
});

test('a larger reference detects smaller drift', () => {
  const counts = [150, 50];
  const small = distributionTest({ cuts: [0], counts: [100, 100] }, counts, DEFAULT_DRIFT_OPTIONS);
  const large = distributionTest({ cuts: [0], counts: [10_000, 10_000] }, counts, DEFAULT_DRIFT_OPTIONS);

  expect(small.statistic).toBeCloseTo(large.statistic, 9);
  expect(small.tau).toBeGreaterThan(large.tau);
  expect(small.pValue).toBeGreaterThan(large.pValue);
});

test('bins that expect too few rows merge with their neighbours', () => {
  const result = distributionTest({ cuts: [0, 1, 2], counts: [1, 1, 500, 498] }, [1, 1, 50, 48], DEFAULT_DRIFT_OPTIONS);

  expect(result.df).toBe(1);
});

test('a reference without rows allows every share', () => {
  expect(shareTest({ count: 0, rows: 0 }, { count: 5, rows: 10 }, DEFAULT_DRIFT_OPTIONS)).toMatchObject({ pValue: 1 });
});

test('a share of zero in the reference still has an allowed share above zero', () => {
  const result = shareTest({ count: 0, rows: 1000 }, { count: 5, rows: 1000 }, DEFAULT_DRIFT_OPTIONS);

  expect(result.allowed).toBeCloseTo(0.0069, 4);
  expect(result.pValue).toBeGreaterThan(0.5);
});

test('options out of range are refused by name, and each change alters the digest', () => {
  expect(() => driftOptions({ ksAlpha: 2 })).toThrow(/ksAlpha/);
  expect(optionsDigest(driftOptions({ minRows: 7 }))).not.toBe(optionsDigest(driftOptions()));
});

test('a window counted with another profile is refused', () => {
  const other = new WindowCounts(0, 1, [], aWindow(profile, seededRandom(6), 0, 1).sample);

  expect(() => evaluateWindow(profile, other)).toThrow(/another profile/);
});
