import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { rowsBetween, selectRows } from './training-columns.js';
import { aHistory } from '../../test/support/a-history.js';
import { splitPlan } from './split-plan.js';
import { planTraining } from './training-plan.js';

const settings = { trainDays: 28, delayDays: 7, testDays: 7 };

test('train and test are one label delay apart and contain no other rows', () => {
  const columns = aHistory({ days: 60, firstDay: 0 });
  const plan = planTraining(60 * DAY_MS - 1, settings);

  const { train, test: testRows, trainStartMs } = splitPlan(columns, plan, settings);

  const days = ({ occurredAtMs }: { occurredAtMs: Float64Array }): number[] => [
    Math.floor((occurredAtMs[0] ?? 0) / DAY_MS),
    Math.floor((occurredAtMs.at(-1) ?? 0) / DAY_MS),
  ];
  expect([trainStartMs / DAY_MS, days(train), days(testRows)]).toEqual([10, [10, 37], [45, 51]]);
});

test('with a shorter history training starts at its first day, even if that day is incomplete', () => {
  const columns = aHistory({ days: 40, firstDay: 20 });
  const later = selectRows(columns, rowsBetween(columns, 20.5 * DAY_MS, 60 * DAY_MS));
  const plan = planTraining(60 * DAY_MS - 1, settings);

  const { train, trainStartMs } = splitPlan(later, plan, settings);

  expect(trainStartMs / DAY_MS).toBe(20);
  expect((train.occurredAtMs[0] ?? 0) / DAY_MS).toBe(20.5);
});

test('cards known to be compromised before a test day are not tested on it', () => {
  const columns = aHistory({ days: 60, firstDay: 0 });
  const sameCard = { ...columns, cardIds: columns.cardIds.map((_, row) => `c${row % 48}`) };
  const plan = planTraining(60 * DAY_MS - 1, settings);

  const { test: testRows } = splitPlan(sameCard, plan, settings);

  // Every twelfth row of a day is a fraud, so four of the 48 cards are known.
  expect(testRows.labels).toHaveLength(7 * 44);
});

test('frauds reported after the start of the test days count as genuine in training', () => {
  const columns = aHistory({ days: 60, firstDay: 0, labelDelayDays: 10 });
  const plan = planTraining(60 * DAY_MS - 1, settings);

  const { train, test: testRows } = splitPlan(columns, plan, settings);

  // Training ends on day 38 and the test starts on day 45: frauds of the last three days were not reported by then.
  const frauds = (labels: Float32Array): number => labels.reduce((sum, label) => sum + label, 0);
  expect([frauds(train.labels), frauds(testRows.labels)]).toEqual([25 * 4, 7 * 4]);
});

test('without rows the history is too short', () => {
  const plan = planTraining(60 * DAY_MS, settings);

  expect(() => splitPlan(aHistory({ days: 0 }), plan, settings)).toThrow(
    expect.objectContaining({ code: 'HISTORY_TOO_SHORT', message: expect.stringContaining('there are none') }),
  );
});
