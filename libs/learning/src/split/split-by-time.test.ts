import { DAY_MS } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { hasHandbook, readHandbook } from '../../test/handbook.js';
import { type LabelledColumns, splitByTime } from './split-by-time.js';

const week = { trainStartMs: 0, trainDays: 7, delayDays: 7, testDays: 7 };

/** Rows given as [day, card, label]. */
function columns(rows: readonly (readonly [number, string, number])[]): LabelledColumns {
  return {
    occurredAtMs: rows.map(([day]) => day * DAY_MS),
    cardIds: rows.map(([, card]) => card),
    labels: rows.map(([, , label]) => label),
  };
}

test('train, delay and test follow each other, ends excluded', () => {
  const rows = columns([
    [-0.001, 'a', 0],
    [0, 'b', 0],
    [6.99, 'c', 0],
    [7, 'd', 0],
    [14, 'e', 0],
    [20.99, 'f', 0],
    [21, 'g', 0],
  ]);

  const split = splitByTime(rows, week);

  expect([...split.train]).toEqual([1, 2]);
  expect(split.delayCount).toBe(1);
  expect([...split.test]).toEqual([4, 5]);
  expect(split.testRange).toEqual({ fromMs: 14 * DAY_MS, toMs: 21 * DAY_MS });
});

test('a card is known from the eighth day after its fraud on, for all later test days', () => {
  const rows = columns([
    [8.5, 'late', 1],
    [14, 'late', 0],
    [15.9, 'late', 0],
    [16, 'late', 0],
    [20, 'late', 1],
  ]);

  const split = splitByTime(rows, week);

  expect([...split.test]).toEqual([1, 2]);
  expect(split.removedCount).toBe(2);
});

test('frauds before the start of training do not make a card known, unless requested', () => {
  const rows = columns([
    [-1, 'early', 1],
    [14, 'early', 0],
  ]);

  expect(splitByTime(rows, week).removedCount).toBe(0);
  expect(splitByTime(rows, { ...week, knownFraudsFromMs: -2 * DAY_MS }).removedCount).toBe(1);
});

test('lengths that are not whole days and columns of unequal length are refused', () => {
  expect(() => splitByTime(columns([]), { ...week, testDays: 0 })).toThrow(/testDays/);
  expect(() => splitByTime(columns([]), { ...week, delayDays: -1 })).toThrow(/delayDays/);
  expect(() => splitByTime({ ...columns([[0, 'a', 0]]), labels: [] }, week)).toThrow(/differ in length/);
});

describe.skipIf(!hasHandbook)('on the handbook data (else skipped: shared/data/handbook is absent)', () => {
  test('every split has the published counts', async () => {
    const rows = await readHandbook('2018-06-20');
    const frauds = (indexes: Int32Array, scenario?: number): number =>
      indexes.filter((row) => rows.labels[row] === 1 && (scenario ?? rows.scenarios[row]) === rows.scenarios[row])
        .length;

    const table = ['07-25', '07-18', '07-11', '07-04', '06-27', '06-20'].map((start) => {
      const split = splitByTime(rows, { ...week, trainStartMs: Date.parse(`2018-${start}`) });
      const scenarios = [1, 2, 3].map((scenario) => frauds(split.test, scenario));
      return [
        split.train.length,
        frauds(split.train),
        split.test.length,
        frauds(split.test),
        ...scenarios,
        split.removedCount,
      ];
    });

    expect(table).toEqual([
      [67240, 598, 58264, 385, 20, 281, 84, 8816],
      [66824, 536, 58535, 415, 24, 293, 98, 8440],
      [66928, 633, 58505, 374, 28, 241, 105, 8735],
      [66954, 600, 57931, 351, 40, 220, 91, 8893],
      [67574, 611, 57800, 411, 26, 261, 124, 9128],
      [66864, 633, 57182, 416, 29, 269, 118, 9772],
    ]);
  }, 60_000);
});
