import { expect, test } from 'vitest';
import { MemoryBus } from '../memory/memory-bus.js';
import type { BusAdmin, TopicSpec } from '../port/bus.js';
import { ensureTopics, type TopicShape } from './topics.js';

function aTopic(overrides: Partial<TopicShape> = {}): TopicShape {
  return {
    name: 'orders',
    partitions: undefined,
    retentionMs: -1,
    cleanup: 'delete',
    owner: 'x',
    deadLetters: false,
    deadLetterRetentionMs: -1,
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

test('input topics keep records as long as the setting says, and their dead letters as long as the definition says', async () => {
  const created: TopicSpec[] = [];
  const admin = {
    createTopics: async (specs: readonly TopicSpec[]) => specs.map((spec) => (created.push(spec), spec.name)),
  };
  const topics = [
    aTopic({ owner: 'external', deadLetters: true, retentionMs: 5, deadLetterRetentionMs: 50 }),
    aTopic({ name: 'inner', retentionMs: 7 }),
  ];

  await ensureTopics(admin as unknown as BusAdmin, topics, { partitions: 1, inputRetentionMs: 3 });

  expect(created.map(({ name, retentionMs }) => [name, retentionMs])).toEqual([
    ['orders', 3],
    ['orders.dlq', 50],
    ['inner', 7],
  ]);
});
