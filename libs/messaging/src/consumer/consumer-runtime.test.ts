import { labelsValidatedTopic, type PartitionWatermark, type TopicDefinition } from '@fraudflow/contracts';
import { silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { MemoryBus } from '../memory/memory-bus.js';
import type { BatchControl, BusConsumer, BusConsumerHandlers, EventBus } from '../port/bus.js';
import { partitionName, type RawBatch } from '../port/record.js';
import { ConsumerRuntime } from './consumer-runtime.js';
import type { PartitionDriver } from './partition-driver.js';
import { subscription } from './subscription.js';

/** The content of the records does not matter in these tests. */
const TOPIC = labelsValidatedTopic as unknown as TopicDefinition<unknown>;
const TARGET = { topic: TOPIC.name, partition: 0 };
const HEAD_MS = 1_000;
const BATCH: RawBatch = {
  ...TARGET,
  records: [{ offset: 5, key: null, value: Buffer.from('{}'), headers: {}, appendedAtMs: 0 }],
  fetchOffset: 5,
  nextOffset: 6,
  highWatermark: 6,
};

/**
 * A runtime whose group events the test triggers, on a log of six records. `heads` returns what the runtime publishes
 * to other workers.
 */
function aRuntime(driver: Partial<PartitionDriver<unknown>>): {
  handlers: Required<BusConsumerHandlers>;
  control: BatchControl;
  session: AbortController;
  heads(): Promise<ReadonlyMap<string, PartitionWatermark>>;
} {
  const memory = new MemoryBus();
  let handlers: BusConsumerHandlers | undefined;
  let published: ReadonlyMap<string, PartitionWatermark> = new Map();
  const idle: BusConsumer = {
    start: async () => undefined,
    stop: async () => undefined,
    assignment: () => [],
    reassign: () => undefined,
  };
  const bus = {
    admin: {
      offsetRange: async () => ({ start: 0, end: 6 }),
      offsetRanges: async () => new Map([[partitionName(TARGET), { start: 0, end: 6 }]]),
      committed: async () => [],
    },
    consumer: (_options: unknown, given: BusConsumerHandlers) => {
      handlers = given;
      return idle;
    },
  } as unknown as EventBus;
  const runtime = new ConsumerRuntime({
    bus,
    producer: memory.producer(),
    logger: silentLogger,
    groupId: 'group',
    subscriptions: [
      subscription(
        TOPIC,
        { handle: async () => undefined, finish: async () => undefined, ...driver },
        { decode: () => ({}), eventTimeMs: () => HEAD_MS },
      ),
    ],
    merge: {},
    watermarkExchange: {
      sync: async (own) => {
        published = own;
        return new Map();
      },
    },
  });
  const session = new AbortController();
  return {
    handlers: handlers as unknown as Required<BusConsumerHandlers>,
    control: { signal: session.signal, heartbeat: async () => undefined, commit: async () => undefined },
    session,
    heads: async () => {
      await runtime.start();
      await runtime.stop();
      return published;
    },
  };
}

test('a partition that is assigned again at its end, after a batch of a lost session failed, no longer counts as lagging', async () => {
  let start = 5;
  const { handlers, control, session, heads } = aRuntime({
    assigned: async () => start,
    finish: async () => {
      throw new Error('the group has a newer generation');
    },
  });
  await handlers.assigned(TARGET, session.signal);
  session.abort();
  await handlers.batch(BATCH, control).catch(() => undefined);
  const before = await heads();

  // Another worker has handled the rest in the meantime.
  start = 6;
  await handlers.assigned(TARGET, new AbortController().signal);

  expect([...before.values()]).toMatchObject([{ isLagging: true, atMs: HEAD_MS }]);
  expect([...(await heads()).values()]).toMatchObject([{ isLagging: false }]);
});

test('a partition that is redirected to its end no longer counts as lagging', async () => {
  const { handlers, control, session, heads } = aRuntime({
    assigned: async () => 5,
    redirect: async () => ({ nextOffset: 6 }),
  });
  await handlers.assigned(TARGET, session.signal);

  await handlers.batch(BATCH, control);

  expect([...(await heads()).values()].filter(({ isLagging }) => isLagging)).toEqual([]);
});

test('a partition whose log ends in records invisible to readers no longer counts as lagging', async () => {
  const { handlers, session, heads } = aRuntime({ assigned: async () => 5 });
  await handlers.assigned(TARGET, session.signal);

  handlers.atEnd(TARGET, 6);

  expect([...(await heads()).values()].filter(({ isLagging }) => isLagging)).toEqual([]);
});
