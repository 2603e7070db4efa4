import { expect, test } from 'vitest';
import { DAY_MS } from '@fraudflow/core';
import { EventTimeMerge } from './event-time-merge.js';

const day = (n: number): number => n * DAY_MS;

test('a partition goes on up to the oldest head of the others plus the skew', () => {
  const merge = new EventTimeMerge();
  merge.arrive('a', day(10));
  merge.arrive('b', day(2));
  merge.arrive('c', day(5));

  expect(merge.allowed('b', [day(2), day(4), day(6), day(7)])).toBe(3);
  expect(merge.allowed('a', [day(10)])).toBe(0);
});

test('the partition with the oldest head may always move', () => {
  const merge = new EventTimeMerge({ maxSkewMs: 0 });
  merge.arrive('a', 5);
  merge.arrive('b', 5);

  expect(merge.allowed('a', [5, 6])).toBe(1);
  expect(merge.allowed('b', [5, 6])).toBe(1);
});

test('a partition at the end of its log holds nobody back', () => {
  const merge = new EventTimeMerge();
  merge.arrive('a', day(100));
  merge.arrive('b', day(1));
  merge.leave('b');

  expect(merge.allowed('a', [day(100), day(200)])).toBe(2);
});

test('a partition whose records are still on their way holds the others back', () => {
  const merge = new EventTimeMerge();
  merge.expect('b');
  merge.arrive('a', day(1));

  expect(merge.allowed('a', [day(1)])).toBe(0);
});

test('a partition that does not move is not waited for after the patience', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ patienceMs: 1_000, nowMs: () => nowMs });
  merge.arrive('stuck', day(1));
  merge.arrive('a', day(9));
  const early = merge.allowed('a', [day(9)]);

  nowMs = 1_001;
  merge.arrive('stuck', day(1));
  const late = merge.allowed('a', [day(9)]);

  expect([early, late]).toEqual([0, 1]);
});

test('a record without event time goes with its predecessor', () => {
  const merge = new EventTimeMerge({ maxSkewMs: 0 });
  merge.arrive('b', 10);
  merge.arrive('a', 5);

  expect(merge.allowed('a', [5, Number.NaN, 11, Number.NaN])).toBe(2);
});
