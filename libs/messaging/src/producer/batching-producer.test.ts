import { expect, test } from 'vitest';
import { invalidInput } from '@fraudflow/core';
import type { OutgoingRecord } from '../port/record.js';
import type { Failures, PartitionRecords, RecordWriter } from '../port/record-writer.js';
import { BatchingProducer } from './batching-producer.js';

/** Records requests; each group waits until it is released. */
class HeldWriter implements RecordWriter {
  readonly requests: (readonly PartitionRecords[])[] = [];
  readonly refused = new Set<OutgoingRecord>();
  /** A partition whose first batch never arrives: it counts as failed once and is retried. */
  stuckPartition = -1;
  private waiting: (() => void)[] = [];

  async write(
    groups: readonly PartitionRecords[],
    settled: (group: PartitionRecords, failures: Failures) => void,
  ): Promise<void> {
    this.requests.push(groups);
    const free = groups.filter(({ partition }) => partition !== this.stuckPartition);
    if (free.length > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    for (const group of free) {
      const refused = group.records.filter((record) => this.refused.has(record));
      settled(group, new Map(refused.map((record) => [record, invalidInput('refused')])));
    }
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

  written(partition: number): number[] {
    const groups = this.requests.flat().filter((group) => group.partition === partition);
    return groups.flatMap((group) => group.records.map((record) => Number(record.value)));
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

test('records of one turn, and records written during a request in flight, share one request', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer);

  const early = [1, 2, 3].map((n) => producer.write([aRecord(n)]));
  await new Promise((resolve) => setImmediate(resolve));
  const late = [4, 5].map((n) => producer.write([aRecord(n, n % 2)]));
  await writer.releaseAll();
  await Promise.all([...early, ...late]);

  expect(writer.sizes()).toEqual([3, 2]);
  expect(new Set(writer.requests[1]?.map((group) => group.partition))).toEqual(new Set([0, 1]));
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

test('limits requests and batches, sends an oversized record in a separate batch, and serves partitions in turn', async () => {
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

test('a full buffer delays later writes and keeps their order', async () => {
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

test('of a call split over two requests nothing more is written on a partition after a failure in the first', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer, { maxPartitionBytes: 200 });
  const records = [1, 2, 3, 4, 5, 6].map((n) => aRecord(n, 0, 50));
  const elsewhere = [7, 8, 9].map((n) => aRecord(n, 1, 50));
  writer.refused.add(records[1] as OutgoingRecord);

  const calls = Promise.allSettled([producer.write([...records, ...elsewhere]), producer.write([aRecord(10, 0, 50)])]);
  await writer.releaseAll();

  expect((await calls).map((call) => call.status)).toEqual(['rejected', 'fulfilled']);
  expect(writer.requests[0]?.[0]?.records.length).toBeLessThan(records.length);
  expect(writer.written(0).filter((n) => n <= 6)).toEqual(
    writer.requests[0]?.[0]?.records.map(({ value }) => Number(value)),
  );
  expect(writer.written(0)).toContain(10);
  expect(writer.written(1)).toEqual([7, 8, 9]);
});

test('a failing partition does not delay others', async () => {
  const writer = new HeldWriter();
  writer.stuckPartition = 0;
  const producer = new BatchingProducer(writer);
  void producer.write([aRecord(1, 0)]);

  for (let n = 2; n < 6; n++) {
    const other = producer.write([aRecord(n, 1)]);
    await writer.releaseAll();
    await other;
  }

  expect(writer.written(1)).toEqual([2, 3, 4, 5]);
  expect(writer.written(0)).toEqual([1]);
});

test('flush waits for all accepted records, including those that wait for buffer space', async () => {
  const writer = new HeldWriter();
  const producer = new BatchingProducer(writer, { maxBufferedRecords: 1 });
  const calls = [1, 2, 3].map((n) => producer.write([aRecord(n)]));

  const flushed = producer.flush();
  await writer.releaseAll();
  await flushed;

  expect(writer.written(0)).toEqual([1, 2, 3]);
  await Promise.all(calls);
});
