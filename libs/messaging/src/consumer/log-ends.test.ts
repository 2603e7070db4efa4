import { expect, test } from 'vitest';
import { LogEnds } from './log-ends.js';

const ONE_TO_FIVE = [1, 2, 3, 4, 5];

test('a batch is covered up to its first records until every other end has been seen after its arrival', () => {
  const ends = new LogEnds(10_000);
  ends.reached('b', 7, 0);
  ends.reached('c', 3, 200);
  ends.fetched('a', ONE_TO_FIVE, 100);

  const before = ends.coveredMs('a', 100);
  ends.observe(new Map([['b', { start: 0, end: 7 }]]), 101);

  expect([before, ends.coveredMs('a', 102)]).toEqual([3, Number.POSITIVE_INFINITY]);
});

test('an end that was asked for before the batch arrived is no evidence', () => {
  const ends = new LogEnds(10_000);
  ends.reached('b', 7, 0);
  ends.fetched('a', ONE_TO_FIVE, 100);

  ends.observe(new Map([['b', { start: 0, end: 7 }]]), 99);

  expect(ends.coveredMs('a', 101)).toBe(3);
});

test('a log that has grown is reported, and its old end is no evidence', () => {
  const ends = new LogEnds(10_000);
  ends.reached('b', 7, 0);
  ends.fetched('a', ONE_TO_FIVE, 100);

  const waiting = ends.observe(new Map([['b', { start: 0, end: 9 }]]), 101);

  expect(waiting).toEqual(['b']);
  expect(ends.coveredMs('a', 102)).toBe(3);
});

test('an end that nobody knows limits a batch no longer than the patience', () => {
  const ends = new LogEnds(1_000);
  ends.reached('b', 7, 0);
  ends.fetched('a', ONE_TO_FIVE, 100);
  ends.observe(new Map(), 101);

  expect([ends.coveredMs('a', 1_099), ends.coveredMs('a', 1_100)]).toEqual([3, Number.POSITIVE_INFINITY]);
});

test('unconfirmed batches in a row are covered only up to the last confirmed one, stray times aside', () => {
  const ends = new LogEnds(10_000);
  ends.fetched('a', [1, 2, 3, 4, 5, 6, 7, 8, 9_999], 100);
  const alone = ends.coveredMs('a', 100);
  ends.reached('b', 7, 100);

  ends.fetched('a', [20, 21, 22], 200);
  const second = ends.coveredMs('a', 200);
  ends.fetched('a', [40, 41, 42], 300);

  expect([alone, second, ends.coveredMs('a', 300)]).toEqual([Number.POSITIVE_INFINITY, 7, 7]);
});

test('partitions that have records waiting or are revoked need no evidence', () => {
  const ends = new LogEnds(10_000);
  ends.reached('b', 7, 0);
  ends.reached('c', 7, 0);
  ends.fetched('a', ONE_TO_FIVE, 100);

  ends.waits('b');
  ends.drop('c');

  expect(ends.coveredMs('a', 100)).toBe(Number.POSITIVE_INFINITY);
});
