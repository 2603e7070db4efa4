import { describe, expect, test } from 'vitest';
import type { Baseline } from './baseline.js';
import { compareWithBaselines, type Measurement, violationsOf } from './compare-baselines.js';

const RATE: Baseline = {
  bench: 'engine',
  figure: 'events_per_second',
  unit: '1/s',
  median: 1_000,
  better: 'higher',
  tolerance: 1.5,
  calibration: 50,
};
const TIME: Baseline = { ...RATE, figure: 'p99', unit: 'µs', median: 8, better: 'lower' };
const SIZE: Baseline = { ...RATE, figure: 'memory', unit: 'MiB', median: 200, better: 'lower' };

function aResult(values: Readonly<Record<string, number>>, more: Partial<Measurement> = {}): Measurement {
  const figures = Object.entries(values).map(([figure, value]) => [
    figure,
    { min: value, median: value, max: value, unit: '' },
  ]);
  return { bench: 'engine', figures: Object.fromEntries(figures), calibration: 50, ...more };
}

describe('on a machine of another speed', () => {
  test('twice the speed doubles the expected rate and halves the expected time', () => {
    const result = aResult({ events_per_second: 2_000, p99: 4 }, { calibration: 100 });

    const comparisons = compareWithBaselines([RATE, TIME], [result]);

    expect(comparisons.map(({ expected }) => expected)).toEqual([2_000, 4]);
    expect(comparisons.map(({ timesWorse }) => timesWorse)).toEqual([1, 1]);
  });

  test('a size is expected to be the same', () => {
    const [comparison] = compareWithBaselines([SIZE], [aResult({ memory: 300 }, { calibration: 5 })]);

    expect(comparison).toMatchObject({ expected: 200, timesWorse: 1.5 });
  });

  test('a baseline without calibration is compared as it is', () => {
    const { calibration: _, ...uncalibrated } = RATE;

    const [comparison] = compareWithBaselines(
      [uncalibrated],
      [aResult({ events_per_second: 500 }, { calibration: 5 })],
    );

    expect(comparison).toMatchObject({ expected: 1_000, timesWorse: 2 });
  });
});

test.each([
  { what: 'a rate', baseline: RATE, atLimit: 1_000 / 1.5, beyond: 1_000 / 1.51 },
  { what: 'a time', baseline: TIME, atLimit: 8 * 1.5, beyond: 8 * 1.51 },
])('$what is a violation beyond its tolerance, and not before', ({ baseline, atLimit, beyond }) => {
  const violations = (value: number): readonly string[] =>
    violationsOf(compareWithBaselines([baseline], [aResult({ [baseline.figure]: value })]));

  expect(violations(atLimit)).toEqual([]);
  expect(violations(beyond)).toHaveLength(1);
});

test('a violation names bench, figure, both values and the factor', () => {
  const violations = violationsOf(compareWithBaselines([RATE], [aResult({ events_per_second: 400 })]));

  expect(violations).toEqual(['engine events_per_second: 400 1/s instead of 1000, 2.50 times worse (allowed: 1.5)']);
});

test('a result that is not a number is a violation', () => {
  const comparisons = compareWithBaselines([RATE], [aResult({ events_per_second: Number.NaN })]);

  expect(violationsOf(comparisons)).toHaveLength(1);
});

test('the best of several results of a bench counts', () => {
  const results = [aResult({ events_per_second: 300 }), aResult({ events_per_second: 900 })];

  const comparisons = compareWithBaselines([RATE], results);

  expect(comparisons.map(({ measured }) => measured)).toEqual([900]);
});

test('results of another bench, of other options or without the figure are not compared', () => {
  const larger: Baseline = { ...RATE, options: '--customers 200000' };
  const results = [
    aResult({ events_per_second: 1 }, { bench: 'pipeline' }),
    aResult({ events_per_second: 1 }, { options: '--customers 10' }),
    aResult({ p99: 1 }),
  ];

  expect(compareWithBaselines([larger], [...results, aResult({ events_per_second: 1 })])).toEqual([]);
  expect(compareWithBaselines([RATE], results)).toEqual([]);
});
