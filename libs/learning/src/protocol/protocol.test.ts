import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { planFolds } from './plan-folds.js';
import { type EventColumns, labelsKnownAt, rowsOfFold } from './rows-of-fold.js';

const day = (n: number): number => n * DAY_MS;
const OPTIONS = { trainStartMs: day(100), trainDays: 7, delayDays: 7, testDays: 7, folds: 1 };
const [FOLD] = planFolds(OPTIONS);

/** One transaction a day and card; frauds by `card:day`, each labelled after the delay. */
function columnsOf(cards: readonly string[], days: readonly number[], frauds: readonly string[] = []): EventColumns {
  const rows = days.flatMap((at) => cards.map((card) => ({ at, card, isFraud: frauds.includes(`${card}:${at}`) })));
  return {
    occurredAtMs: rows.map(({ at }) => day(at)),
    cardIds: rows.map(({ card }) => card),
    labels: rows.map(({ isFraud }) => Number(isFraud)),
    labelledAtMs: rows.map(({ at, isFraud }) => (isFraud ? day(at + 7) : 0)),
  };
}

const DAYS = Array.from({ length: 30 }, (_, n) => 95 + n);

test('test ranges follow each other, and the training range ends one label delay before each', () => {
  const folds = planFolds({ ...OPTIONS, trainDays: 28, folds: 3 });

  expect(folds.map(({ train, test: tested }) => [train.fromMs, train.toMs, tested.fromMs, tested.toMs])).toEqual([
    [day(100), day(128), day(135), day(142)],
    [day(107), day(135), day(142), day(149)],
    [day(114), day(142), day(149), day(156)],
  ]);
  expect(folds.map(({ goLiveMs }) => goLiveMs)).toEqual(folds.map(({ test: tested }) => tested.fromMs));
});

test('cards are known by frauds of the same week for training ranges of any length', () => {
  const known = [7, 28, 70].map((trainDays) => {
    const trainStartMs = day(200 - 7 - trainDays);
    return planFolds({ ...OPTIONS, trainStartMs, trainDays })[0]?.knownFraudsFromMs;
  });

  expect(known).toEqual([day(186), day(186), day(186)]);
});

test.each([
  [{ trainDays: 0 }, 'trainDays must be a whole number of at least 1, not 0'],
  [{ delayDays: -1 }, 'delayDays must be a whole number of at least 0, not -1'],
  [{ testDays: 1.5 }, 'testDays must be a whole number of at least 1, not 1.5'],
  [{ folds: Number.NaN }, 'folds must be a whole number of at least 1, not NaN'],
  [{ trainStartMs: 5 }, 'trainStartMs must be a midnight (UTC), not 5'],
])('%j is refused with the field and its bound', (wrong, message) => {
  expect(() => planFolds({ ...OPTIONS, ...wrong })).toThrow(message);
});

test('a fraud counts as genuine until its label is known', () => {
  const columns = { labels: [1, 1, 0, 1], labelledAtMs: [10, 11, 0, 0] };

  expect([...labelsKnownAt(columns, 10)]).toEqual([1, 0, 0, 1]);
});

test('rows are divided into the training range, the delay and the test range', () => {
  const { train, test: tested, delayCount } = rowsOfFold(columnsOf(['a'], DAYS), FOLD as never, 7);

  expect([train.length, delayCount, tested.length]).toEqual([7, 7, 7]);
  expect([train[0], tested[0]]).toEqual([5, 19]);
});

test('a card is dropped from the day on which its fraud has been known for a full day, and counted', () => {
  const columns = columnsOf(['a', 'b'], DAYS, ['a:108']);

  const { test: tested, removedRows, removedCards } = rowsOfFold(columns, FOLD as never, 7);

  const keptOfA = [...tested].filter((row) => columns.cardIds[row] === 'a').map((row) => columns.occurredAtMs[row]);
  expect(keptOfA).toEqual([day(114), day(115)]);
  expect([removedRows, removedCards]).toEqual([5, 1]);
});

test('labels that become known after the deployment change no training label, older ones do', () => {
  const frauds = ['a:103'];
  const before = rowsOfFold(columnsOf(['a', 'b'], DAYS, frauds), FOLD as never, 7);

  const later = columnsOf(['a', 'b'], DAYS, [...frauds, ...DAYS.filter((at) => at > 107).map((at) => `b:${at}`)]);
  const late = { ...columnsOf(['a', 'b'], DAYS, [...frauds, 'b:104']), labelledAtMs: [] as number[] };
  late.labelledAtMs = Array.from(late.labels, (label, row) =>
    label === 0 ? 0 : late.cardIds[row] === 'b' ? day(115) : day(110),
  );
  const older = columnsOf(['a', 'b'], DAYS, [...frauds, 'b:104']);

  expect(rowsOfFold(later, FOLD as never, 7).trainLabels).toEqual(before.trainLabels);
  expect(rowsOfFold(late, FOLD as never, 7).trainLabels).toEqual(before.trainLabels);
  expect(rowsOfFold(older, FOLD as never, 7).trainLabels).not.toEqual(before.trainLabels);
});

test('random label delays give the labels known at the deployment of each fold', () => {
  const folds = planFolds({ ...OPTIONS, folds: 3 });
  const columns = columnsOf(
    ['a', 'b', 'c'],
    Array.from({ length: 60 }, (_, n) => 95 + n),
    [],
  );
  const labels = Array.from(columns.labels, (_, row) => Number(row % 3 === 0));
  const labelledAtMs = labels.map((label, row) =>
    label === 1 ? Number(columns.occurredAtMs[row]) + day(5 + (row % 26)) : 0,
  );

  for (const fold of folds) {
    const { train, trainLabels } = rowsOfFold({ ...columns, labels, labelledAtMs }, fold, 7);
    const expected = Array.from(train, (row) =>
      Number(labels[row] === 1 && Number(labelledAtMs[row]) <= fold.goLiveMs),
    );

    expect([...trainLabels]).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  }
});
