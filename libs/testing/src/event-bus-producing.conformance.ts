import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventBusUnderTest } from './event-bus-fixture.js';
import { Bench, byKey, newName, ticks } from './event-bus-fixture.js';

/** Guarantees of the producer that hold on every event bus. */
export function describeProducing(current: () => EventBusUnderTest): void {
  describe('producing', () => {
    let bench: Bench;
    beforeEach(() => {
      bench = new Bench(current());
    });
    afterEach(() => bench.close());

    test('keeps the order of each key over many concurrent sends', async () => {
      const topic = await bench.topic();
      const sent = ticks(2_000);

      await Promise.all(sent.map((value) => bench.producer.send(topic, [{ value }])));

      expect(byKey(await bench.values(topic.name))).toEqual(byKey(sent));
    });

    test('waits while its buffer is full and loses no record', async () => {
      const topic = await bench.topic();
      const small = current().bus.producer({ maxBufferedRecords: 10, maxPartitionBytes: 500, maxRequestBytes: 1_000 });
      const records = await Promise.all(ticks(500).map((value) => bench.producer.encode(topic, { value })));

      await Promise.all(records.map((record) => small.write([record])));
      await small.close();

      expect(byKey(await bench.values(topic.name))).toEqual(byKey(ticks(500)));
    });

    test('has written all accepted records when close resolves, and refuses further records', async () => {
      const topic = await bench.topic();
      const raw = current().bus.producer();
      const record = await bench.producer.encode(topic, { value: { key: 'a', n: 1 } });

      void raw.write([record, record]);
      await raw.close();

      expect(await bench.values(topic.name)).toHaveLength(2);
      await expect(raw.write([record])).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' });
    });

    test('reports an unknown topic to its caller and writes the other topics of the same request', async () => {
      const topic = await bench.topic();
      const good = await bench.producer.encode(topic, { value: { key: 'a', n: 1 } });
      const raw = bench.producer.raw;

      const [lost, kept] = await Promise.allSettled([
        raw.write([{ ...good, topic: newName('nowhere') }]),
        raw.write([good]),
      ]);

      expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'UNKNOWN_TOPIC' } });
      expect(kept.status).toBe('fulfilled');
    });

    test('refuses only the record that is too large for the topic', async () => {
      const topic = await bench.topic();
      const good = await bench.producer.encode(topic, { value: { key: 'a', n: 1 } });
      const huge = { ...good, value: Buffer.alloc(3_000_000, 'x') };
      const raw = bench.producer.raw;

      const [refused, before, after] = await Promise.allSettled([
        raw.write([huge]),
        raw.write([good]),
        raw.write([good]),
      ]);

      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'RECORD_TOO_LARGE' } });
      expect([before.status, after.status]).toEqual(['fulfilled', 'fulfilled']);
      expect(await bench.values(topic.name)).toHaveLength(2);
    });

    test('carries any bytes: tombstones, invalid UTF-8, empty, null and repeated headers', async () => {
      const topic = await bench.topic({ partitions: 1 });
      const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x80]);
      const target = { topic: topic.name, partition: 0 };

      await bench.producer.raw.write([
        { ...target, key: null, value: null, headers: {} },
        { ...target, key: Buffer.alloc(0), value: bytes, headers: { none: null, twice: ['1', bytes], empty: '' } },
      ]);

      const [tombstone, binary] = await bench.records(topic.name);
      expect(tombstone?.raw).toMatchObject({ key: null, value: null });
      expect(binary?.raw.value).toEqual(bytes);
      expect(binary?.raw.key).toEqual(Buffer.alloc(0));
      expect(binary?.raw.headers).toMatchObject({
        none: null,
        twice: [Buffer.from('1'), bytes],
        empty: Buffer.alloc(0),
      });
    });

    test('a fenced writer refuses to write after another writer has taken over the partition', async () => {
      const topic = await bench.topic({ partitions: 1 });
      const { bus } = current();
      const target = { topic: topic.name, partition: 0 };
      const name = newName('fence');
      const record = await bench.producer.encode(topic, { value: { key: 'a', n: 1 } });
      const zombie = await bus.fencedWriter(name, target);
      await zombie.write([record]);

      const owner = await bus.fencedWriter(name, target);

      await expect(zombie.write([record])).rejects.toMatchObject({ code: 'FENCED' });
      await owner.write([record]);
      await owner.write([record]);
      expect(await bench.values(topic.name)).toHaveLength(3);
    });
  });
}
