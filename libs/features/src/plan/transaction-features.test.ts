import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { transactionFeatures } from './transaction-features.js';

test.each([
  ['2018-07-27T23:59:59.999Z', 0, 0],
  ['2018-07-28T00:00:00.000Z', 1, 1],
  ['2018-07-28T06:59:59.999Z', 1, 1],
  ['2018-07-28T07:00:00.000Z', 1, 0],
  ['2018-07-29T23:59:59.999Z', 1, 0],
  ['2018-07-30T00:00:00.000Z', 0, 1],
  ['1969-12-28T03:00:00.000Z', 1, 1],
])('%s: weekend %i, night %i', (time, weekend, night) => {
  expect([...transactionFeatures(Date.parse(time), 5716)]).toEqual([57.16, weekend, night]);
});

test('weekend and night agree with the calendar of the platform, in UTC, for any time', () => {
  fc.assert(
    fc.property(fc.integer({ min: -50_000 * DAY_MS, max: 50_000 * DAY_MS }), (atMs) => {
      const date = new Date(atMs);
      const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6 ? 1 : 0;

      expect([...transactionFeatures(atMs, 0)]).toEqual([0, weekend, date.getUTCHours() <= 6 ? 1 : 0]);
    }),
    { seed: 7, numRuns: 1_000 },
  );
});
