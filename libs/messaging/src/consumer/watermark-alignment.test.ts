import { expect, test } from 'vitest';
import { DAY_MS } from '@fraudflow/core';
import { WatermarkAlignment } from './watermark-alignment.js';

const day = (n: number): number => n * DAY_MS;

test('a partition advances up to the oldest head of the others plus the skew', () => {
  const merge = new WatermarkAlignment({ settleMs: 0 });
  merge.arrive('a', day(10));
  merge.arrive('b', day(2));
  merge.arrive('c', day(5));

  expect(merge.allowed('b', [day(2), day(4), day(6), day(7)])).toBe(3);
  expect(merge.allowed('a', [day(10)])).toBe(0);
});

test('the partition with the oldest head may always advance', () => {
  const merge = new WatermarkAlignment({ maxSkewMs: 0 });
  merge.arrive('a', 5);
  merge.arrive('b', 5);

  expect(merge.allowed('a', [5, 6])).toBe(1);
  expect(merge.allowed('b', [5, 6])).toBe(1);
});

test('a partition at the end of its log does not hold others back', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ nowMs: () => nowMs });
  merge.arrive('a', day(100));
  merge.arrive('b', day(1));
  merge.leave('b');
  nowMs = 251;

  expect(merge.allowed('a', [day(100), day(200)])).toBe(2);
});

test('a partition whose records have not been fetched yet holds the others back', () => {
  const merge = new WatermarkAlignment();
  merge.expect('b');
  merge.arrive('a', day(1));

  expect(merge.allowed('a', [day(1)])).toBe(0);
});

test('a partition that is being opened holds the others back at its last published position', () => {
  const merge = new WatermarkAlignment({ settleMs: 0 });
  merge.onPeers(new Map([['b', { isLagging: false, atMs: day(5), ageMs: 0 }]]));
  merge.opening('b');
  merge.opening('c');
  merge.arrive('a', day(6));

  const both = merge.allowed('a', [day(6), day(9)]);
  merge.idle('c');

  expect([both, merge.allowed('a', [day(6), day(9)])]).toEqual([0, 1]);
});

test('a partition without progress is ignored after the patience', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ patienceMs: 1_000, nowMs: () => nowMs });
  merge.arrive('stuck', day(1));
  merge.arrive('a', day(9));
  const early = merge.allowed('a', [day(9)]);

  nowMs = 1_001;
  merge.arrive('stuck', day(1));
  const late = merge.allowed('a', [day(9)]);

  expect([early, late]).toEqual([0, 1]);
});

test('a record without event time passes together with its predecessor', () => {
  const merge = new WatermarkAlignment({ maxSkewMs: 0 });
  merge.arrive('b', 10);
  merge.arrive('a', 5);

  expect(merge.allowed('a', [5, Number.NaN, 11, Number.NaN])).toBe(2);
});

test('a partition with a new backlog waits until the others may have received theirs', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ settleMs: 250, nowMs: () => nowMs });
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

test('partitions of other workers hold ours back while they lag, and when their worker stops publishing', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ settleMs: 0, nowMs: () => nowMs });
  merge.arrive('a', day(5));
  nowMs = 40_000;
  const allowedWith = (isLagging: boolean, ageMs: number): number => {
    merge.onPeers(new Map([['theirs', { isLagging, atMs: day(5), ageMs }]]));
    return merge.allowed('a', [day(5), day(6), day(9)]);
  };

  expect(allowedWith(true, 0)).toBe(2);
  expect(allowedWith(true, 31_000)).toBe(3);
  expect(allowedWith(false, 100)).toBe(3);
  expect(allowedWith(false, 5_000)).toBe(2);
  expect(allowedWith(false, 31_000)).toBe(3);
});

test('publishes the heads of assigned partitions and none of revoked ones', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ nowMs: () => nowMs });
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

test('with a minimum lag duration, publishes only long lags and their end', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ publishAfterMs: 1_000, nowMs: () => nowMs });
  merge.arrive('a', 5);
  const early = [...merge.heads()];
  nowMs = 1_000;
  const late = [...merge.heads()];

  merge.leave('a', 7);

  expect(early).toEqual([]);
  expect(late).toEqual([['a', { isLagging: true, atMs: 5, stillMs: 1_000 }]]);
  expect([...merge.heads()]).toEqual([['a', { isLagging: false, atMs: Number.POSITIVE_INFINITY }]]);
});

test('a backlog waits at its first record until the other workers have published that they have none', () => {
  let nowMs = 10_000;
  const merge = new WatermarkAlignment({ nowMs: () => nowMs });
  const allowedWithHeadAge = (ageMs: number): number => {
    merge.onPeers(new Map([['theirs', { isLagging: false, atMs: day(1), ageMs }]]));
    return merge.allowed('a', [day(1), day(2), day(9)]);
  };
  merge.arrive('a', day(1));
  nowMs += 900;

  const early = allowedWithHeadAge(700);
  const late = allowedWithHeadAge(600);

  expect([early, late]).toEqual([2, 3]);
});

test('the last heads of a worker do not hold others back for longer than the group needs to reassign its partitions', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ settleMs: 0, nowMs: () => nowMs });
  merge.arrive('a', day(5));
  merge.onPeers(new Map([['theirs', { isLagging: true, atMs: day(1), ageMs: 0 }]]));
  const held = merge.allowed('a', [day(5)]);

  nowMs = 30_001;

  expect([held, merge.allowed('a', [day(5)])]).toEqual([0, 1]);
});

test('stops waiting for a peer that publishes that it has caught up', () => {
  const merge = new WatermarkAlignment({ settleMs: 0 });
  merge.arrive('a', day(5));
  merge.onPeers(new Map([['labels', { isLagging: true, atMs: day(1), ageMs: 0 }]]));
  const held = merge.allowed('a', [day(5)]);

  merge.onPeers(new Map([['labels', { isLagging: false, atMs: Number.POSITIVE_INFINITY, ageMs: 29_000 }]]));

  expect([held, merge.allowed('a', [day(5)])]).toEqual([0, 1]);
});

test('a partition that is assigned with no record waiting ends its earlier lag at the position that it or its last owner had reached', () => {
  const merge = new WatermarkAlignment();
  const heads = (): unknown => Object.fromEntries([...merge.heads()].map(([name, { atMs }]) => [name, atMs]));
  merge.arrive('ours', 5);
  merge.onPeers(
    new Map([
      ['ours', { isLagging: true, atMs: 5, ageMs: 0 }],
      ['theirs', { isLagging: true, atMs: 9, ageMs: 0 }],
    ]),
  );

  merge.idle('ours');
  merge.idle('theirs');
  merge.idle('new');

  expect(heads()).toEqual({ ours: 5, theirs: 9, new: Number.POSITIVE_INFINITY });
  expect([...merge.heads().values()].some(({ isLagging }) => isLagging)).toBe(false);
});

test('another worker ignores a partition whose owner repeatedly publishes that it makes no progress', () => {
  let nowMs = 0;
  const owner = new WatermarkAlignment({ settleMs: 0, nowMs: () => nowMs });
  const other = new WatermarkAlignment({ settleMs: 0, nowMs: () => nowMs });
  owner.expect('unreadable');
  other.arrive('a', day(5));
  const allowedNow = (): number => {
    other.onPeers(new Map([...owner.heads()].map(([name, head]) => [name, { ...head, ageMs: 100 }])));
    return other.allowed('a', [day(5)]);
  };

  const early = allowedNow();
  nowMs = 10_001;

  expect([early, allowedNow()]).toEqual([0, 1]);
});

test('a partition that is only held back by others continues to hold back those further ahead', () => {
  let nowMs = 0;
  const merge = new WatermarkAlignment({ settleMs: 0, patienceMs: 1_000, nowMs: () => nowMs });
  merge.arrive('stuck', day(1));
  merge.arrive('held', day(5));
  merge.arrive('ahead', day(20));
  for (nowMs = 0; nowMs <= 1_000; nowMs += 100) merge.allowed('held', [day(5)]);
  nowMs = 1_100;

  expect(merge.allowed('ahead', [day(20)])).toBe(0);
  expect(merge.allowed('held', [day(5), day(6), day(19)])).toBe(3);
});

test('a stray record far ahead of those after it holds back neither itself nor the following records', () => {
  const merge = new WatermarkAlignment({ settleMs: 0 });
  merge.arrive('a', day(300));
  merge.arrive('b', day(2));
  const ordinary = [2, 2, 2, 2.5, 2.5, 3].map(day);

  expect(merge.allowed('a', [day(300), ...ordinary])).toBe(7);
  expect(merge.allowed('a', [...ordinary, day(300), ...ordinary, day(9)])).toBe(13);
});

test('records after a gap in the stream are held back, because the following records have similar times', () => {
  const merge = new WatermarkAlignment({ settleMs: 0 });
  merge.arrive('a', day(2));
  merge.arrive('b', day(2));

  expect(merge.allowed('a', [2, 2, 10, 10, 10, 10, 11, 11].map(day))).toBe(2);
});

test('a record far ahead is held back while too few of its following records are known', () => {
  const merge = new WatermarkAlignment({ settleMs: 0 });
  merge.arrive('a', day(300));
  merge.arrive('b', day(2));

  expect(merge.allowed('a', [300, 2, 2, 2].map(day))).toBe(0);
});
