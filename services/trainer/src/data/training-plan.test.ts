import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { planTraining } from './training-plan.js';

const day = (ms: number): number => ms / DAY_MS;

test('train, delay, test and delay end at the last midnight', () => {
  const plan = planTraining(100.4 * DAY_MS, { trainDays: 28, delayDays: 7, testDays: 7 });

  expect([plan.trainStartMs, plan.trainEndMs, plan.testStartMs, plan.testEndMs].map(day)).toEqual([51, 79, 86, 93]);
});

test('the threshold is chosen on days before the test that the tuning model was not trained on', () => {
  const plan = planTraining(100 * DAY_MS, { trainDays: 28, delayDays: 7, testDays: 7 });

  expect(day(plan.tuning?.trainEndMs ?? 0)).toBe(65);
  expect(day(plan.tuning?.validationStartMs ?? 0)).toBe(72);
});

test('with a short training range there is no tuning', () => {
  expect(planTraining(100 * DAY_MS, { trainDays: 14, delayDays: 7, testDays: 7 }).tuning).toBeUndefined();
});
