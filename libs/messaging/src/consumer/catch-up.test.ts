import { labelsValidatedTopic, type TopicDefinition } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { MemoryBus } from '../memory/memory-bus.js';
import type { BatchControl, BusConsumer, BusConsumerHandlers, EventBus, OffsetRange } from '../port/bus.js';
import { partitionName, type RawBatch, type TopicPartition } from '../port/record.js';
import { ConsumerRuntime } from './consumer-runtime.js';
import { subscription } from './subscription.js';

const TOPIC = labelsValidatedTopic as unknown as TopicDefinition<unknown>;
const AHEAD: TopicPartition = { topic: TOPIC.name, partition: 0 };
const BEHIND: TopicPartition = { topic: TOPIC.name, partition: 1 };
const control: BatchControl = {
  signal: new AbortController().signal,
  heartbeat: async () => undefined,
  commit: async () => undefined,
};

/** A batch with one record on each of these days. */
function batchOf(target: TopicPartition, days: readonly number[]): RawBatch {
  const records = days.map((day, offset) => ({
    offset,
    key: null,
    value: Buffer.from(String(day)),
    headers: {},
    appendedAtMs: 0,
  }));
  return { ...target, records, fetchOffset: 0, nextOffset: days.length, highWatermark: days.length };
}

/**
 * A runtime of two partitions without settling time. `ends` has the ends of their logs, `handled` the days in order.
 * @param assigned opens a partition
 */
function twoPartitions(assigned: (target: TopicPartition) => Promise<undefined> = async () => undefined): {
  handlers: Required<BusConsumerHandlers>;
  ends: Map<string, OffsetRange>;
  handled: string[];
} {
  const ends = new Map([AHEAD, BEHIND].map((target) => [partitionName(target), { start: 0, end: 0 }]));
  const handled: string[] = [];
  let handlers: BusConsumerHandlers | undefined;
  const consumer: BusConsumer = {
    start: async () => undefined,
    stop: async () => undefined,
    assignment: () => [AHEAD, BEHIND],
    reassign: () => undefined,
  };
  const bus = {
    admin: {
      offsetRange: async (target: TopicPartition) => ends.get(partitionName(target)),
      offsetRanges: async () => new Map(ends),
      committed: async () => [],
    },
    consumer: (_options: unknown, given: BusConsumerHandlers) => {
      handlers = given;
      return consumer;
    },
  } as unknown as EventBus;
  new ConsumerRuntime({
    bus,
    producer: new MemoryBus().producer(),
    logger: silentLogger,
    groupId: 'group',
    subscriptions: [
      subscription(
        TOPIC,
        {
          handle: async (records) => {
            for (const { partition, value } of records) handled.push(`${partition}: day ${String(value)}`);
          },
          finish: async () => undefined,
          assigned,
        },
        { decode: (raw) => Number(raw.value), eventTimeMs: ({ value }) => Number(value) * DAY_MS },
      ),
    ],
    merge: { settleMs: 0 },
  });
  return {
    handlers: handlers as unknown as Required<BusConsumerHandlers>,
    ends,
    handled,
  };
}

/** Resolves after this many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a partition with records in its log that are not fetched yet holds a fetched one back', async () => {
  const { handlers, ends, handled } = twoPartitions();
  for (const target of [AHEAD, BEHIND]) await handlers.assigned(target, control.signal);
  for (const target of [AHEAD, BEHIND]) ends.set(partitionName(target), { start: 0, end: 4 });

  const ahead = handlers.batch(batchOf(AHEAD, [1, 2, 30, 40]), control);
  // Enough for the whole batch if nothing held it back.
  await turns(50);
  const behind = handlers.batch(batchOf(BEHIND, [1, 2, 3, 4]), control);
  await Promise.all([ahead, behind]);

  expect(handled.slice(0, 6).toSorted()).toEqual([
    '0: day 1',
    '0: day 2',
    '1: day 1',
    '1: day 2',
    '1: day 3',
    '1: day 4',
  ]);
  expect(handled.slice(6)).toEqual(['0: day 30', '0: day 40']);
});

test('a partition whose log has not grown does not hold a fetched one back', async () => {
  const { handlers, ends, handled } = twoPartitions();
  for (const target of [AHEAD, BEHIND]) await handlers.assigned(target, control.signal);
  ends.set(partitionName(AHEAD), { start: 0, end: 4 });

  const { nextOffset } = await handlers.batch(batchOf(AHEAD, [1, 2, 30, 40]), control);

  expect(nextOffset).toBe(4);
  expect(handled).toHaveLength(4);
});

test('a partition that takes long to open holds the others back', async () => {
  let opened = (): void => undefined;
  const opening = new Promise<undefined>((resolve) => (opened = () => resolve(undefined)));
  const { handlers, ends, handled } = twoPartitions(async ({ partition }) => (partition === 1 ? opening : undefined));
  for (const target of [AHEAD, BEHIND]) ends.set(partitionName(target), { start: 0, end: 4 });
  const behindOpened = handlers.assigned(BEHIND, control.signal);
  await handlers.assigned(AHEAD, control.signal);

  const ahead = handlers.batch(batchOf(AHEAD, [1, 2, 30, 40]), control);
  await turns(50);
  const early = [...handled];
  opened();
  await behindOpened;
  await Promise.all([ahead, handlers.batch(batchOf(BEHIND, [1, 2, 3, 4]), control)]);

  expect(early).toEqual([]);
  expect(handled.slice(6)).toEqual(['0: day 30', '0: day 40']);
});
