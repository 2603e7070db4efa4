import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { type Fold, planFolds } from './plan-folds.js';
import { type EventColumns, rowsOfFold } from './rows-of-fold.js';

const START_MS = Date.parse('2018-07-25');
const [FOLD, NEXT] = planFolds({ trainStartMs: START_MS, trainDays: 7, delayDays: 7, testDays: 7, folds: 2 }) as [
  Fold,
  Fold,
];

/** One genuine transaction at noon of each of these days, counted from the start of training. */
function columnsOf(days: readonly number[]): EventColumns {
  return {
    occurredAtMs: days.map((day) => START_MS + (day + 0.5) * DAY_MS),
    cardIds: days.map((_, row) => row),
    labels: days.map(() => 0),
    labelledAtMs: days.map(() => 0),
  };
}

const daysTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, n) => from + n);
const tooShort = (message: string) =>
  expect.objectContaining({ kind: 'failed_precondition', code: 'HISTORY_TOO_SHORT', message }) as unknown;

test('a fold without any transaction is refused with the days that it needs', () => {
  expect(() => rowsOfFold(columnsOf([]), FOLD, 7)).toThrow(
    tooShort('there are no transactions: fold 1 needs 2018-07-25 to 2018-08-14'),
  );
});

test('a history that begins after the first training day is refused with its days', () => {
  expect(() => rowsOfFold(columnsOf(daysTo(21, 1)), FOLD, 7)).toThrow(
    tooShort(
      'the history is shorter than a fold: fold 1 needs 2018-07-25 to 2018-08-14, the transactions have 2018-07-26 to ' +
        '2018-08-14; choose a later start of training',
    ),
  );
});

test('a history that ends before the test range does is refused with the first day that is missing', () => {
  expect(() => rowsOfFold(columnsOf(daysTo(26)), NEXT, 7)).toThrow(
    tooShort(
      'test day 2018-08-20 and 1 more of the test range has no transaction: fold 2 needs 2018-08-01 to 2018-08-21, the ' +
        'transactions have 2018-07-25 to 2018-08-19; choose an earlier start of training or fewer folds, or complete ' +
        'the history',
    ),
  );
});

test('a gap of one test day is refused', () => {
  const withGap = columnsOf(daysTo(21).filter((day) => day !== 16));

  expect(() => rowsOfFold(withGap, FOLD, 7)).toThrow('test day 2018-08-10 has no transaction');
});

test('a lone transaction far in the future does not complete a history, and the message names it', () => {
  const columns = columnsOf([...daysTo(20), 5_000]);

  expect(() => rowsOfFold(columns, FOLD, 7)).toThrow(
    'the transactions have 2018-07-25 to 2018-08-13, and a single one (row 20, from 0) of 2032-04-02, 4981 days after ' +
      'all others',
  );
});

test('a lone transaction far in the future changes nothing in a complete history', () => {
  const complete = rowsOfFold(columnsOf(daysTo(21)), FOLD, 7);

  expect(rowsOfFold(columnsOf([...daysTo(21), 5_000]), FOLD, 7)).toEqual(complete);
});

test('a time that no date can express is named as it is', () => {
  const columns = { ...columnsOf([0]), occurredAtMs: [1e300] };

  expect(() => rowsOfFold(columns, FOLD, 7)).toThrow('the transactions have 1e+300 ms to 1e+300 ms');
});

test.each<[Partial<EventColumns>, string]>([
  [{ occurredAtMs: [START_MS, Number.NaN] }, 'occurredAtMs of row 1 is NaN, not a time in ms'],
  [{ labels: [0, 2] }, 'labels of row 1 is 2, not 0 or 1'],
  [{ labelledAtMs: [Number.NaN, 0] }, 'labelledAtMs of row 0 is NaN, not a time in ms, or 0 without a label'],
  [{ labelledAtMs: [0] }, 'columns differ in length: 2, 2, 2, 1'],
])('%j is refused with the column and the row', (wrong, message) => {
  expect(() => rowsOfFold({ ...columnsOf([0, 1]), ...wrong }, FOLD, 7)).toThrow(message);
});

test('a delay that is not the one of the fold is refused', () => {
  expect(() => rowsOfFold(columnsOf(daysTo(21)), FOLD, 6)).toThrow(
    'delayDays is 6, but fold 1 has 7 days between training and test',
  );
});
