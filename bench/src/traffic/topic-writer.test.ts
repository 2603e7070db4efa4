import { partitionOf } from '@fraudflow/core';
import { MemoryBus } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { appendedCount, awaitCount } from '../system/catch-up.js';
import { TopicWriter, transactionRecord } from './topic-writer.js';

const PARTITIONS = 4;

async function aBus(): Promise<MemoryBus> {
  const bus = new MemoryBus();
  await bus.admin.createTopics([
    { name: 'transactions', partitions: PARTITIONS, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1_000_000 },
  ]);
  return bus;
}

function aRecord(customer: string, n: number) {
  return transactionRecord({
    transaction_id: `t${n}`,
    occurred_at: '2018-04-01T00:00:00.000Z',
    customer_id: customer,
    terminal_id: 'm1',
    amount: 1,
    currency: 'EUR',
  });
}

test('records are on the partition of their key, in order, with id and event time in the headers', async () => {
  const bus = await aBus();
  const writer = await TopicWriter.open(bus.producer(), bus.admin, ['transactions']);

  await writer.write([aRecord('c1', 1), aRecord('c2', 2), aRecord('c1', 3)]);

  const { records } = await bus.admin.read({ topic: 'transactions', partition: partitionOf('c1', PARTITIONS) }, 0);
  const own = records.filter((record) => record.key?.toString() === 'c1');
  expect(own.map((record) => record.headers['event-id']?.toString())).toEqual(['t1', 't3']);
  expect(own[0]?.headers['occurred-at']?.toString()).toBe('2018-04-01T00:00:00.000Z');
  expect(await appendedCount(bus.admin, 'transactions')).toBe(3);
});

test('the error for a missing topic states how to start the system', async () => {
  const bus = await aBus();

  await expect(TopicWriter.open(bus.producer(), bus.admin, ['labels'])).rejects.toThrow(/fraudflow up/);
});

test('waiting for a count ends when it is reached, or when the count stops increasing', async () => {
  const counts = [1, 2, 2, 2, 2, 2];
  const seen: number[] = [];
  const next = async (): Promise<number> => counts.shift() ?? 2;

  for await (const { done } of awaitCount(next, 10, { idleMs: 3, everyMs: 1 })) seen.push(done);
  for await (const { done } of awaitCount(async () => 7, 7, { everyMs: 1 })) seen.push(done);

  expect(seen).toEqual([1, 2, 2, 2, 2, 7]);
});
