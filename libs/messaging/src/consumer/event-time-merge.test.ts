import { expect, test } from 'vitest';
import { DAY_MS } from '@fraudflow/core';
import { EventTimeMerge } from './event-time-merge.js';

const day = (n: number): number => n * DAY_MS;

test('a partition goes on up to the oldest head of the others plus the skew', () => {
  const merge = new EventTimeMerge({ settleMs: 0 });
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
  let nowMs = 0;
  const merge = new EventTimeMerge({ nowMs: () => nowMs });
  merge.arrive('a', day(100));
  merge.arrive('b', day(1));
  merge.leave('b');
  nowMs = 251;

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

test('a partition that has just got a backlog waits a little for the others to get theirs', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ settleMs: 250, nowMs: () => nowMs });
  merge.arrive('a', day(1));
  const alone = merge.allowed('a', [day(1), day(2), day(40)]);

  nowMs = 10;
  merge.arrive('b', day(1));
  nowMs = 300;
  const together = merge.allowed('a', [day(1), day(2), day(40)]);
  merge.leave('b', day(39));
  const atLast = merge.allowed('a', [day(1), day(2), day(40)]);

  expect([alone, together, atLast]).toEqual([2, 2, 3]);
});

test('partitions of other workers hold back while they lag, and when their worker has fallen silent', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ settleMs: 0, nowMs: () => nowMs });
  merge.arrive('a', day(5));
  nowMs = 40_000;
  const allowedWith = (isLagging: boolean, ageMs: number): number => {
    merge.hearOf(new Map([['theirs', { isLagging, atMs: day(5), ageMs }]]));
    return merge.allowed('a', [day(5), day(6), day(9)]);
  };

  expect(allowedWith(true, 0)).toBe(2);
  expect(allowedWith(true, 31_000)).toBe(3);
  expect(allowedWith(false, 100)).toBe(3);
  expect(allowedWith(false, 5_000)).toBe(2);
  expect(allowedWith(false, 31_000)).toBe(3);
});

test('tells others where its partitions stand, and nothing of those it has given away', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ nowMs: () => nowMs });
  merge.arrive('a', 5);
  merge.leave('b', 7);
  merge.leave('c', 8);
  merge.drop('c');
  nowMs = 3;

  expect([...merge.heads()]).toEqual([
    ['b', { isLagging: false, atMs: 7 }],
    ['a', { isLagging: true, atMs: 5, stillMs: 3 }],
  ]);
});

test('tells only of what has lagged for long, if that is what counts, and when it has ended', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ tellAfterMs: 1_000, nowMs: () => nowMs });
  merge.arrive('a', 5);
  const early = [...merge.heads()];
  nowMs = 1_000;
  const late = [...merge.heads()];

  merge.leave('a', 7);

  expect(early).toEqual([]);
  expect(late).toEqual([['a', { isLagging: true, atMs: 5, stillMs: 1_000 }]]);
  expect([...merge.heads()]).toEqual([['a', { isLagging: false, atMs: Number.POSITIVE_INFINITY }]]);
});

test('a backlog waits where it begins until the others have said that they have none', () => {
  let nowMs = 10_000;
  const merge = new EventTimeMerge({ nowMs: () => nowMs });
  const allowedAfterWordOf = (ageMs: number): number => {
    merge.hearOf(new Map([['theirs', { isLagging: false, atMs: day(1), ageMs }]]));
    return merge.allowed('a', [day(1), day(2), day(9)]);
  };
  merge.arrive('a', day(1));
  nowMs += 900;

  const early = allowedAfterWordOf(700);
  const late = allowedAfterWordOf(600);

  expect([early, late]).toEqual([2, 3]);
});

test('what a worker said last holds nobody back for longer than the group needs to give its partitions away, heard of again or not', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ settleMs: 0, nowMs: () => nowMs });
  merge.arrive('a', day(5));
  merge.hearOf(new Map([['theirs', { isLagging: true, atMs: day(1), ageMs: 0 }]]));
  const held = merge.allowed('a', [day(5)]);

  nowMs = 30_001;

  expect([held, merge.allowed('a', [day(5)])]).toEqual([0, 1]);
});

test('waits no longer for a peer that says it has caught up', () => {
  const merge = new EventTimeMerge({ settleMs: 0 });
  merge.arrive('a', day(5));
  merge.hearOf(new Map([['labels', { isLagging: true, atMs: day(1), ageMs: 0 }]]));
  const held = merge.allowed('a', [day(5)]);

  merge.hearOf(new Map([['labels', { isLagging: false, atMs: Number.POSITIVE_INFINITY, ageMs: 29_000 }]]));

  expect([held, merge.allowed('a', [day(5)])]).toEqual([0, 1]);
});

test('a partition that comes back with nothing waiting ends its lag of before, where it or its last owner had come to', () => {
  const merge = new EventTimeMerge();
  const heads = (): unknown => Object.fromEntries([...merge.heads()].map(([name, { atMs }]) => [name, atMs]));
  merge.arrive('ours', 5);
  merge.hearOf(
    new Map([
      ['ours', { isLagging: true, atMs: 5, ageMs: 0 }],
      ['theirs', { isLagging: true, atMs: 9, ageMs: 0 }],
    ]),
  );

  merge.beginAtEnd('ours');
  merge.beginAtEnd('theirs');
  merge.beginAtEnd('new');

  expect(heads()).toEqual({ ours: 5, theirs: 9, new: Number.POSITIVE_INFINITY });
  expect([...merge.heads().values()].some(({ isLagging }) => isLagging)).toBe(false);
});

test('another worker does not wait for a partition that its owner says again and again has not moved', () => {
  let nowMs = 0;
  const owner = new EventTimeMerge({ settleMs: 0, nowMs: () => nowMs });
  const other = new EventTimeMerge({ settleMs: 0, nowMs: () => nowMs });
  owner.expect('unreadable');
  other.arrive('a', day(5));
  const allowedNow = (): number => {
    other.hearOf(new Map([...owner.heads()].map(([name, head]) => [name, { ...head, ageMs: 100 }])));
    return other.allowed('a', [day(5)]);
  };

  const early = allowedNow();
  nowMs = 10_001;

  expect([early, allowedNow()]).toEqual([0, 1]);
});

test('a partition that is only held back by others goes on holding back those further ahead', () => {
  let nowMs = 0;
  const merge = new EventTimeMerge({ settleMs: 0, patienceMs: 1_000, nowMs: () => nowMs });
  merge.arrive('stuck', day(1));
  merge.arrive('held', day(5));
  merge.arrive('ahead', day(20));
  for (nowMs = 0; nowMs <= 1_000; nowMs += 100) merge.allowed('held', [day(5)]);
  nowMs = 1_100;

  expect(merge.allowed('ahead', [day(20)])).toBe(0);
  expect(merge.allowed('held', [day(5), day(6), day(19)])).toBe(3);
});

test('a stray record far ahead of those after it holds back neither itself nor the records behind it', () => {
  const merge = new EventTimeMerge({ settleMs: 0 });
  merge.arrive('a', day(300));
  merge.arrive('b', day(2));
  const ordinary = [2, 2, 2, 2.5, 2.5, 3].map(day);

  expect(merge.allowed('a', [day(300), ...ordinary])).toBe(7);
  expect(merge.allowed('a', [...ordinary, day(300), ...ordinary, day(9)])).toBe(13);
});

test('records after a gap in the stream are held back: those behind them agree with them', () => {
  const merge = new EventTimeMerge({ settleMs: 0 });
  merge.arrive('a', day(2));
  merge.arrive('b', day(2));

  expect(merge.allowed('a', [2, 2, 10, 10, 10, 10, 11, 11].map(day))).toBe(2);
});

test('a record far ahead is held back while too few records behind it are known', () => {
  const merge = new EventTimeMerge({ settleMs: 0 });
  merge.arrive('a', day(300));
  merge.arrive('b', day(2));

  expect(merge.allowed('a', [300, 2, 2, 2].map(day))).toBe(0);
});
