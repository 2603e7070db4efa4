import { expect, test } from 'vitest';
import { invalidInput, unavailable } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { z } from 'zod';
import { MemoryBus } from '../memory/memory-bus.js';
import { subscription } from './subscription.js';
import { TopicReader } from './topic-reader.js';

const TOPIC = { name: 'models', cleanup: 'delete', schema: z.object({ n: z.int() }) } as const;
const SPEC = { name: 'models', partitions: 2, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1_000 } as const;

async function setUp(handle: (numbers: readonly number[]) => void) {
  const bus = new MemoryBus();
  await bus.admin.createTopics([SPEC]);
  const producer = bus.producer();
  const send = (...values: (number | string)[]): Promise<void> =>
    producer.write(
      values.map((n, at) => ({
        topic: 'models',
        partition: at % 2,
        key: null,
        value: typeof n === 'string' ? n : JSON.stringify({ n }),
        headers: {},
      })),
    );
  const driver = {
    handle: async (records: readonly { value: { n: number } }[]) => handle(records.map(({ value }) => value.n)),
    finish: async () => undefined,
  };
  const reader = new TopicReader({
    admin: bus.admin,
    logger: silentLogger,
    subscription: subscription<{ n: number }>(TOPIC, driver as never),
    pollMs: 1,
  });
  return { bus, send, reader };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('gives what lies in all partitions, and then what comes, without leaving a group behind', async () => {
  const seen: number[] = [];
  const { bus, send, reader } = await setUp((numbers) => void seen.push(...numbers));
  await send(1, 2, 3);

  reader.start();
  await until(() => seen.length === 3);
  await send(4, 5);
  await until(() => seen.length === 5);
  await reader.stop();

  expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  expect(await bus.admin.committed('', 'models')).toEqual([undefined, undefined]);
});

test('tries again what fails for a reason that passes, and leaves out what cannot be decoded or borne', async () => {
  const seen: number[] = [];
  let outages = 2;
  const { send, reader } = await setUp((numbers) => {
    if (outages-- > 0) throw unavailable('away');
    if (numbers.includes(13)) throw invalidInput('no');
    seen.push(...numbers);
  });
  await send(1, 2, 13, 'no json', 5);

  reader.start();
  await until(() => seen.length === 3);
  await reader.stop();

  expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 5]);
});

test('goes on where the log starts when records were deleted, and from the start of a topic that was made anew', async () => {
  const seen: number[] = [];
  const { bus, send, reader } = await setUp((numbers) => void seen.push(...numbers));
  await send(1, 2, 3, 4);
  for (const partition of [0, 1]) await bus.admin.deleteRecords({ topic: 'models', partition }, 1);
  reader.start();
  await until(() => seen.length === 2);

  await bus.admin.deleteTopic('models');
  await bus.admin.createTopics([SPEC]);
  await send(9);
  await until(() => seen.length === 3);
  await reader.stop();

  expect(seen.slice(0, 2).toSorted((a, b) => a - b)).toEqual([3, 4]);
  expect(seen[2]).toBe(9);
});
