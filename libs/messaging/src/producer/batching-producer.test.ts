import { expect, test } from 'vitest';
import { type AppError, invalidInput } from '@fraudflow/core';
import type { OutgoingRecord } from '../port/record.js';
import type { PartitionRecords, RecordWriter } from '../port/record-writer.js';
import { BatchingProducer } from './batching-producer.js';

/** Keeps requests; each waits until released. */
class HeldWriter implements RecordWriter {
  readonly requests: (readonly PartitionRecords[])[] = [];
  readonly refused = new Set<OutgoingRecord>();
  private waiting: (() => void)[] = [];

  async write(groups: readonly PartitionRecords[]): Promise<ReadonlyMap<OutgoingRecord, AppError>> {
    this.requests.push(groups);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    const records = groups.flatMap((group) => group.records).filter((record) => this.refused.has(record));
    return new Map(records.map((record) => [record, invalidInput('refused')]));
  }

  async close(): Promise<void> {
    await this.releaseAll();
  }

  async releaseAll(): Promise<void> {
    for (let idle = 0; idle < 3;) {
      const waiting = this.waiting.splice(0);
      for (const release of waiting) release();
      idle = waiting.length > 0 ? 0 : idle + 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  sizes(): number[] {
    return this.requests.map((groups) => groups.reduce((sum, group) => sum + group.records.length, 0));
  }
}

const aRecord = (n: number, partition = 0, bytes = 10): OutgoingRecord => ({
  topic: 't',
  partition,
  key: null,
  value: String(n).padEnd(bytes),
  headers: {},
});

test('what gathers during one turn or behind a request in flight shares one request', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer);

  const early = [1, 2, 3].map((n) => producer.write([aRecord(n)]));
  await new Promise((resolve) => setImmediate(resolve));
  const late = [4, 5].map((n) => producer.write([aRecord(n, n % 2)]));
  await writer.releaseAll();
  await Promise.all([...early, ...late]);

  expect(writer.sizes()).toEqual([3, 2]);
  expect(writer.requests[1]?.map((group) => group.partition)).toEqual([0, 1]);
});

test('a failed record fails its own call and no other', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer);
  const bad = aRecord(2);
  writer.refused.add(bad);

  const calls = Promise.allSettled([
    producer.write([aRecord(1)]),
    producer.write([bad, aRecord(3)]),
    producer.write([aRecord(4)]),
  ]);
  await writer.releaseAll();

  expect((await calls).map((call) => call.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('cuts requests and batches to their bounds, lets an oversized record go alone, and gives every partition its turn', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer, { maxPartitionBytes: 200, maxRequestBytes: 300 });
  const records = [aRecord(0, 0, 500), ...[1, 2, 3, 4, 5, 6].map((n) => aRecord(n, n % 2, 50))];

  const done = producer.write(records);
  await writer.releaseAll();
  await done;

  expect(writer.requests[0]?.map((group) => group.records.length)).toEqual([1]);
  for (const partition of [0, 1]) {
    const sent = writer.requests
      .flat()
      .filter((group) => group.partition === partition)
      .flatMap((group) => group.records);
    expect(sent).toEqual(records.filter((record) => record.partition === partition));
  }
  for (const groups of writer.requests)
    expect(new Set(groups.map((group) => group.partition)).size).toBe(groups.length);
});

test('a full buffer holds later writes back in their order', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer, { maxBufferedRecords: 2 });

  const calls = [1, 2, 3, 4, 5, 6].map((n) => producer.write([aRecord(n)]));
  await new Promise((resolve) => setImmediate(resolve));
  const inFlight = writer.sizes();
  await writer.releaseAll();
  await Promise.all(calls);

  expect(inFlight).toEqual([2]);
  expect(writer.sizes()).toEqual([2, 2, 2]);
  expect(writer.requests.flat().flatMap((group) => group.records.map((record) => Number(record.value)))).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);
});
