import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NewestEvent } from '../data/training-data.port.js';
import { choosePresent, describeAhead } from './choose-now.js';

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

test('in an ordinary stream the newest transaction is the present', () => {
  expect(choosePresent(events(...dense(500 * DAY_MS)))).toEqual({ nowMs: 500 * DAY_MS, ahead: [] });
});

test('transactions without company do not move the present, however many days they lie ahead', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 4_000 }), { maxLength: 19 }), (daysAhead) => {
      const ahead = daysAhead.map((days) => (500 + days) * DAY_MS);

      const present = choosePresent(events(...dense(500 * DAY_MS), ...ahead));

      expect(present.nowMs).toBe(500 * DAY_MS);
      expect(present.ahead).toHaveLength(ahead.length);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('where history is thin all the way the newest transaction counts', () => {
  expect(choosePresent(events(...Array.from({ length: 50 }, (_, day) => day * DAY_MS))).nowMs).toBe(49 * DAY_MS);
  expect(choosePresent(events(5)).nowMs).toBe(5);
});

test('what lies ahead is named', () => {
  const { ahead } = choosePresent(events(...dense(500 * DAY_MS), 900 * DAY_MS, 901 * DAY_MS));

  expect(describeAhead(ahead)).toMatch(/2 transactions, the newest t0 of 1972-06-20T00:00:00\.000Z/);
  expect(describeAhead([])).toBe('');
});
