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

test('input topics have the retention of the setting, and their dead-letter topics from the definition', async () => {
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

test('topics with external producers may have any partition count', async () => {
  const { admin } = new MemoryBus();
  const external = aTopic({ owner: 'external', deadLetters: true });
  await ensureTopics(admin, [external], { partitions: 24 });

  await expect(ensureTopics(admin, [external], { partitions: 6 })).resolves.toEqual([]);
});

test.each([
  ['the setting', 3, 3],
  ['the broker default, for 0', 0, undefined],
  ['the broker default, without a setting', undefined, undefined],
])('the replication factor of new topics is %s', async (_name, replicationFactor, expected) => {
  const created: TopicSpec[] = [];
  const admin = {
    createTopics: async (specs: readonly TopicSpec[]) => specs.map((spec) => (created.push(spec), spec.name)),
  };
  const defaults = { partitions: 1, ...(replicationFactor === undefined ? {} : { replicationFactor }) };

  await ensureTopics(admin as unknown as BusAdmin, [aTopic({ deadLetters: true })], defaults);

  expect(created.map((spec) => spec.replicationFactor)).toEqual([expected, expected]);
});

function anExisting(settings: Record<string, string> | undefined): { admin: BusAdmin; warnings: string[] } {
  const warnings: string[] = [];
  const admin = {
    createTopics: async () => [],
    partitionCount: async () => 1,
    settings: async () => settings,
    warn: (_details: object, text: string) => void warnings.push(text),
  };
  return { admin: admin as unknown as BusAdmin, warnings };
}

test.each([
  ['message.timestamp.type', 'external', { 'message.timestamp.type': 'CreateTime' }],
  ['message.timestamp.type', 'x', { 'message.timestamp.type': 'CreateTime' }],
  ['max.message.bytes', 'x', { 'max.message.bytes': '100000' }],
])(
  'an existing topic is refused for %s, with the command that corrects it (owner %s)',
  async (setting, owner, settings) => {
    const { admin } = anExisting(settings);

    await expect(ensureTopics(admin, [aTopic({ owner })], { partitions: 1 })).rejects.toMatchObject({
      code: 'TOPIC_SETTINGS_UNSUITABLE',
      field: setting,
      message: expect.stringContaining(`--entity-name orders --add-config ${setting}=`),
    });
  },
);

test('an existing topic with a harmless setting is accepted with a warning, and one with unreadable settings without', async () => {
  const small = anExisting({
    'max.message.bytes': '60000',
    'cleanup.policy': 'compact',
    'compression.type': 'producer',
  });
  const denied = anExisting(undefined);
  const topics = [aTopic({ owner: 'external' })];

  await ensureTopics(small.admin, topics, { partitions: 1 });
  await ensureTopics(denied.admin, topics, { partitions: 1 });

  expect(small.warnings).toEqual([expect.stringContaining('max.message.bytes'), expect.stringContaining('compact')]);
  expect(denied.warnings).toEqual([]);
});

test('internal topics accept a record of the largest configurable size plus the bytes that hops add', async () => {
  const created: TopicSpec[] = [];
  const admin = {
    createTopics: async (specs: readonly TopicSpec[]) => specs.map((spec) => (created.push(spec), spec.name)),
  };

  await ensureTopics(admin as unknown as BusAdmin, [aTopic()], { partitions: 1, maxRecordBytes: 1_000_000 });

  expect(created[0]?.maxMessageBytes).toBeGreaterThanOrEqual(1_000_000 + 64 * 1024);
});
