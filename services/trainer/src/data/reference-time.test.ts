import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NewestEvent } from './training-data.port.js';
import { chooseReferenceTime, describeOutliers } from './reference-time.js';

type Newest = readonly [NewestEvent, ...NewestEvent[]];

/** Newest first. */
function events(...timesMs: readonly number[]): Newest {
  const all = timesMs
    .toSorted((a, b) => b - a)
    .map((occurredAtMs, index) => ({ transactionId: `t${index}`, occurredAtMs }));
  return all as unknown as Newest;
}

const dense = (untilMs: number, count = 100): number[] =>
  Array.from({ length: count }, (_, index) => untilMs - index * 60_000);

test('in a dense stream the newest transaction is the reference time', () => {
  expect(chooseReferenceTime(events(...dense(500 * DAY_MS)))).toEqual({ nowMs: 500 * DAY_MS, outliers: [] });
});

test('fewer than 20 transactions far in the future do not shift the reference time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 4_000 }), { maxLength: 19 }), (offsets) => {
      const future = offsets.map((days) => (500 + days) * DAY_MS);

      const reference = chooseReferenceTime(events(...dense(500 * DAY_MS), ...future));

      expect(reference.nowMs).toBe(500 * DAY_MS);
      expect(reference.outliers).toHaveLength(future.length);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('in a sparse history the newest transaction is the reference time', () => {
  expect(chooseReferenceTime(events(...Array.from({ length: 50 }, (_, day) => day * DAY_MS))).nowMs).toBe(49 * DAY_MS);
  expect(chooseReferenceTime(events(5)).nowMs).toBe(5);
});

test('the newest outlier is named', () => {
  const { outliers } = chooseReferenceTime(events(...dense(500 * DAY_MS), 900 * DAY_MS, 901 * DAY_MS));

  expect(describeOutliers(outliers)).toMatch(/2 transactions, the newest t0 at 1972-06-20T00:00:00\.000Z/);
  expect(describeOutliers([])).toBe('');
});
