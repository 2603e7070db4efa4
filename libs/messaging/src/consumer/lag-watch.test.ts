import { Registry, silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { partitionName } from '../port/record.js';
import { LagWatch, STUCK_AFTER_MS } from './lag-watch.js';
import { messagingMetrics } from './handling/messaging-metrics.js';

const TARGET = { topic: 'orders', partition: 3 };

function setUp(): {
  watch: LagWatch;
  place: { end: number; isReachable: boolean; committed: number | undefined; nowMs: number };
  lag(): Promise<string[]>;
} {
  const registry = new Registry();
  const place = { end: 10, isReachable: true, committed: undefined as number | undefined, nowMs: 0 };
  const admin = {
    offsetRanges: async () => new Map(place.isReachable ? [[partitionName(TARGET), { start: 0, end: place.end }]] : []),
    committed: async () => [undefined, undefined, undefined, place.committed],
  };
  const metrics = messagingMetrics(registry);
  const watch = new LagWatch({ admin, groupId: 'g', logger: silentLogger, metrics, nowMs: () => place.nowMs });
  const lag = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => /^messaging_(lag|partition)/.test(line));
  return { watch, place, lag };
}

const labels = '{topic="orders",partition="3",group="g"}';

test('a partition that delivers no records reports its growing lag and counts as stuck after a minute', async () => {
  const { watch, place, lag } = setUp();
  watch.begin(TARGET, 4);
  await watch.measure();
  const early = await lag();

  place.end = 60;
  place.nowMs = STUCK_AFTER_MS;
  await watch.measure();

  expect(early).toEqual([`messaging_lag_records${labels} 6`, `messaging_partition_stuck${labels} 0`]);
  expect(await lag()).toEqual([`messaging_lag_records${labels} 56`, `messaging_partition_stuck${labels} 1`]);
  expect(watch.stuck()).toEqual(['orders:3']);
});

test('a partition that makes progress or has no lag is not stuck', async () => {
  const { watch, place } = setUp();
  watch.begin(TARGET, 4);
  place.nowMs = STUCK_AFTER_MS - 1;
  watch.moved(TARGET, 5);
  place.nowMs = STUCK_AFTER_MS + 1;
  await watch.measure();
  const moving = watch.stuck();

  watch.moved(TARGET, 10);
  for (let i = 0; i < 5; i++) {
    place.nowMs += STUCK_AFTER_MS - 1;
    await watch.measure();
  }

  expect([moving, watch.stuck()]).toEqual([[], []]);
});

test('a partition whose end offset cannot be read is stuck after a minute, until it makes progress', async () => {
  const { watch, place } = setUp();
  watch.begin(TARGET, 4);
  place.isReachable = false;
  place.nowMs = STUCK_AFTER_MS;
  await watch.measure();
  const before = watch.stuck();

  watch.moved(TARGET, 5);

  expect([before, watch.stuck()]).toEqual([['orders:3'], []]);
});

test('the lag of a partition without a start offset is measured from the committed offset', async () => {
  const { watch, place, lag } = setUp();
  place.committed = 7;
  watch.begin(TARGET, undefined);

  await watch.measure();

  expect((await lag())[0]).toBe(`messaging_lag_records${labels} 3`);
});

test('the metrics of a revoked partition are removed', async () => {
  const { watch, lag } = setUp();
  watch.begin(TARGET, 4);
  await watch.measure();

  watch.drop(TARGET);
  await watch.measure();

  expect(await lag()).toEqual([]);
});
