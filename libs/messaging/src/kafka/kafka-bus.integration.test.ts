// Real: Kafka. Faked: nothing.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { silentLogger } from '@fraudflow/observability';
import { ensureTopics, type TopicShape } from '../admin/topics.js';
import type { OutgoingRecord } from '../port/record.js';
import { KafkaBus } from './kafka-bus.js';

let bus: KafkaBus;
const warnings: Error[] = [];
const note = (warning: Error): void => void warnings.push(warning);

beforeAll(() => {
  process.on('warning', note);
  bus = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'bus-test', logger: silentLogger });
});

afterAll(async () => {
  await bus.close();
  process.off('warning', note);
});

function aTopic(overrides: Partial<TopicShape> = {}): TopicShape {
  const name = `bus.${randomUUID().slice(0, 8)}`;
  return {
    name,
    partitions: 1,
    retentionMs: -1,
    cleanup: 'delete',
    owner: 'test',
    deadLetters: false,
    deadLetterRetentionMs: -1,
    ...overrides,
  };
}

async function created(overrides: Partial<TopicShape> = {}): Promise<string> {
  const topic = aTopic(overrides);
  await ensureTopics(bus.admin, [topic], { partitions: 1 });
  return topic.name;
}

const aRecord = (topic: string, value: string): OutgoingRecord => ({
  topic,
  partition: 0,
  key: null,
  value,
  headers: [],
});

async function valuesOf(topic: string): Promise<string[]> {
  const { records } = await bus.admin.read({ topic, partition: 0 }, 0);
  return records.map(({ value }) => String(value));
}

test('more replicas than there are brokers are refused, naming the setting', async () => {
  const refused = ensureTopics(bus.admin, [aTopic()], { partitions: 1, replicationFactor: 3 });

  await expect(refused).rejects.toMatchObject({
    code: 'REPLICATION_FACTOR_TOO_LARGE',
    message: expect.stringContaining('FRAUDFLOW_KAFKA_REPLICATION_FACTOR'),
  });
});

test('an existing internal topic reports its settings and the expected message size limit', async () => {
  const topic = await created();

  expect(await bus.admin.settings(topic)).toMatchObject({
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(2 * 1024 * 1024),
  });
});

test('a topic that is deleted and created again has another incarnation', async () => {
  const topic = aTopic();
  await ensureTopics(bus.admin, [topic], { partitions: 1 });
  const first = await bus.admin.incarnation(topic.name);
  await bus.admin.deleteTopic(topic.name);

  await ensureTopics(bus.admin, [topic], { partitions: 1 });

  expect(first).toMatch(/^[\w-]{8}$/);
  expect(await bus.admin.incarnation(topic.name)).toMatch(/^[\w-]{8}$/);
  expect(await bus.admin.incarnation(topic.name)).not.toBe(first);
});

test('the offset range follows deleted records', async () => {
  const topic = await created();
  const producer = bus.producer();
  await producer.write([1, 2, 3].map((n) => aRecord(topic, String(n))));
  await producer.close();

  await bus.admin.deleteRecords({ topic, partition: 0 }, 2);

  expect(await bus.admin.offsetRange({ topic, partition: 0 })).toEqual({ start: 2, end: 3 });
});

test('a renewed fence lets its owner write until another writer takes over', async () => {
  const topic = await created();
  const target = { topic, partition: 0 };
  const name = `fence-${topic}`;
  const first = await bus.fencedWriter(name, target);
  await first.write([aRecord(topic, 'before')]);

  await bus.keepFences();
  await first.write([aRecord(topic, 'after')]);
  const other = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'other', logger: silentLogger });
  const second = await other.fencedWriter(name, target);
  const refused = first.write([aRecord(topic, 'late')]);

  await expect(refused).rejects.toMatchObject({ code: 'FENCED' });
  await second.write([aRecord(topic, 'second')]);
  await bus.keepFences();
  await other.close();
  expect(await valuesOf(topic)).toEqual(['before', 'after', 'second']);
});

test('renewing a fence that another writer took over expires it', async () => {
  const topic = await created();
  const target = { topic, partition: 0 };
  const first = await bus.fencedWriter(`fence-${topic}`, target);
  const other = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'other', logger: silentLogger });
  await other.fencedWriter(`fence-${topic}`, target);

  await bus.keepFences();

  await expect(first.write([aRecord(topic, 'late')])).rejects.toMatchObject({ code: 'FENCE_EXPIRED', retryable: true });
  await other.close();
});

test('non-ASCII text is counted in bytes, so that full batches fit the topic limit', async () => {
  const topic = await created();
  const producer = bus.producer();
  const records = Array.from({ length: 2_000 }, (_, n) => aRecord(topic, '\u8A50\u6B3A'.repeat(400) + String(n)));

  await producer.write(records);
  await producer.close();

  expect((await bus.admin.offsetRange({ topic, partition: 0 })).end).toBe(2_000);
});

test('none of these operations causes a Node warning', () => {
  expect(warnings.filter(({ name }) => name.startsWith('Timeout'))).toEqual([]);
});
