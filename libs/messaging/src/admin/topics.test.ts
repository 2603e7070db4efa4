import { expect, test } from 'vitest';
import { MemoryBus } from '../memory/memory-bus.js';
import { ensureTopics, type TopicShape } from './topics.js';

function aTopic(overrides: Partial<TopicShape> = {}): TopicShape {
  return {
    name: 'orders',
    partitions: undefined,
    retentionMs: -1,
    cleanup: 'delete',
    owner: 'x',
    deadLetters: false,
    ...overrides,
  };
}

test('creates topics and their dead-letter topics once', async () => {
  const { admin } = new MemoryBus();
  const topics = [aTopic({ deadLetters: true }), aTopic({ name: 'single', partitions: 1 })];

  const first = await ensureTopics(admin, topics, { partitions: 6 });
  const second = await ensureTopics(admin, topics, { partitions: 6 });

  expect(first).toEqual(['orders', 'orders.dlq', 'single']);
  expect(second).toEqual([]);
  expect(await admin.partitionCount('orders.dlq')).toBe(6);
  expect(await admin.partitionCount('single')).toBe(1);
});

test('refuses a partition count other than the one a topic has, naming both', async () => {
  const { admin } = new MemoryBus();
  await ensureTopics(admin, [aTopic()], { partitions: 4 });

  const refused = ensureTopics(admin, [aTopic()], { partitions: 6 });

  await expect(refused).rejects.toMatchObject({
    code: 'PARTITION_COUNT_DIFFERS',
    message: expect.stringMatching(/orders has 4 .* 6/),
  });
});
