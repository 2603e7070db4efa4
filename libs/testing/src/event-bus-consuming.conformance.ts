import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HEADERS } from '@fraudflow/contracts';
import { invalidInput, unavailable } from '@fraudflow/core';
import { subscribe, type DecodedRecord } from '@fraudflow/messaging';
import {
  Bench,
  byKey,
  firstAppearances,
  newName,
  ticks,
  waitFor,
  type EventBusUnderTest,
  type Tick,
} from './event-bus-fixture.js';

/** Abbreviates bytes, so that a failed comparison is readable. */
function digest(bytes: Buffer | null): string {
  return bytes === null ? 'null' : createHash('sha256').update(bytes).digest('hex');
}

/** Guarantees of the consumer runtime that hold on every event bus. */
export function describeConsuming(current: () => EventBusUnderTest): void {
  describe('consuming', () => {
    let bench: Bench;
    beforeEach(() => {
      bench = new Bench(current());
    });
    afterEach(() => bench.close());

    const collector = (): { seen: Tick[]; collect: (records: readonly DecodedRecord<Tick>[]) => Promise<void> } => {
      const seen: Tick[] = [];
      return { seen, collect: async (records) => void seen.push(...records.map((record) => record.value)) };
    };

    test('delivers every record, in order per key', async () => {
      const topic = await bench.topic();
      const { seen, collect } = collector();
      await bench.consume(newName('group'), [subscribe(topic, collect)]);

      await bench.send(topic, ticks(1_000));

      await waitFor('all records', () => seen.length >= 1_000);
      expect(byKey(seen)).toEqual(byKey(ticks(1_000)));
    });

    test('continues after a graceful stop without repeating a record', async () => {
      const topic = await bench.topic();
      const group = newName('group');
      const { seen, collect } = collector();
      await bench.send(topic, ticks(300));
      const first = await bench.consume(group, [subscribe(topic, collect)]);
      await waitFor('the first part', () => seen.length >= 300);
      await first.stop();

      await bench.send(
        topic,
        ticks(300).map((tick) => ({ ...tick, n: tick.n + 300 })),
      );
      await bench.consume(group, [subscribe(topic, collect)]);

      await waitFor('the second part', () => seen.length >= 600);
      expect(seen.map((tick) => tick.n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, n) => n));
    });

    test('loses no record and keeps the order while members join and leave', async () => {
      const topic = await bench.topic();
      const group = newName('group');
      const { seen, collect } = collector();
      const first = await bench.consume(group, [subscribe(topic, collect)], { maxBatchRecords: 20 });
      const sending = (async () => {
        for (let from = 0; from < 2_000; from += 100) await bench.send(topic, ticks(2_000).slice(from, from + 100));
      })();

      const second = await bench.consume(group, [subscribe(topic, collect)], { maxBatchRecords: 20 });
      await waitFor(
        'both members to hold partitions',
        () => first.assignment().length > 0 && second.assignment().length > 0,
      );
      await first.stop();
      await sending;

      await waitFor('all records', () => new Set(seen.map((tick) => tick.n)).size === 2_000);
      for (const [key, numbers] of byKey(ticks(2_000))) {
        expect(firstAppearances(byKey(seen).get(key) ?? [])).toEqual(numbers);
      }
    });

    test('dead-letters bad records with their unchanged bytes and their origin, and processes the others', async () => {
      const topic = await bench.topic({ partitions: 1, deadLetters: true, owner: 'external' });
      const { seen, collect } = collector();
      const bad: readonly [Buffer | null, string][] = [
        [null, 'EMPTY_VALUE'],
        [Buffer.from('{"key":"a","n":'), 'INVALID_JSON'],
        [Buffer.from('{"key":"a","n":NaN}'), 'INVALID_JSON'],
        [Buffer.from([0x22, 0xff, 0x22]), 'INVALID_UTF8'],
        [Buffer.from('{"key":7,"n":1}'), 'SCHEMA_MISMATCH'],
        [Buffer.from(`"${'x'.repeat(5_000_000)}"`), 'VALUE_TOO_LARGE'],
      ];
      const target = { topic: topic.name, partition: 0, headers: { 'x-origin': 'outside' } };
      const good = (n: number): Buffer => Buffer.from(JSON.stringify({ key: 'good', n }));

      for (const [n, [value]] of bad.entries()) {
        await bench.producer.raw.write([
          { ...target, key: 'k', value },
          { ...target, key: null, value: good(n) },
        ]);
      }
      await bench.consume(newName('group'), [subscribe(topic, collect)]);

      await waitFor('the good records', () => seen.length === bad.length);
      const letters = await bench.records(`${topic.name}.dlq`);
      expect(letters.map((letter) => digest(letter.raw.value))).toEqual(bad.map(([value]) => digest(value)));
      expect(letters.map((letter) => letter.header(HEADERS.dlqErrorCode))).toEqual(bad.map(([, code]) => code));
      expect(letters.map((letter) => letter.header(HEADERS.dlqOffset))).toEqual(['0', '2', '4', '6', '8', '10']);
      expect(letters[4]?.header(HEADERS.dlqField)).toBe('key');
      expect(letters[1]?.key).toBe('k');
      expect(letters[1]?.header('x-origin')).toBe('outside');
      expect(letters[1]?.header(HEADERS.dlqTopic)).toBe(topic.name);
    });

    test('isolates the one record that makes a handler fail, and dead-letters records that a handler rejects', async () => {
      const topic = await bench.topic({ partitions: 1, deadLetters: true });
      const { seen, collect } = collector();
      await bench.send(topic, ticks(100));

      await bench.consume(newName('group'), [
        subscribe(topic, async (records, context) => {
          if (records.some((record) => record.value.n === 41)) throw new TypeError('cannot read 41');
          for (const record of records) {
            if (record.value.n === 66)
              context.reject(record, invalidInput('66 is not wanted', { code: 'EVENT_INVALID', field: 'n' }));
          }
          await collect(records.filter((record) => record.value.n !== 66));
        }),
      ]);

      await waitFor('the others', () => new Set(seen.map((tick) => tick.n)).size === 98);
      await waitFor('the letters', async () => (await bench.records(`${topic.name}.dlq`)).length >= 2);
      const letters = await bench.records(`${topic.name}.dlq`);
      expect(letters.map((letter) => letter.header(HEADERS.dlqErrorCode))).toEqual([
        'HANDLER_TYPEERROR',
        'EVENT_INVALID',
      ]);
    });

    test('retries in place while a dependency is unavailable, and dead-letters no record for it', async () => {
      const topic = await bench.topic({ partitions: 1, deadLetters: true });
      const { seen, collect } = collector();
      let outages = 5;
      await bench.consume(newName('group'), [
        subscribe(topic, async (records) => {
          if (outages-- > 0) throw unavailable('the sink is unavailable');
          await collect(records);
        }),
      ]);

      await bench.send(topic, ticks(50));

      await waitFor('all records', () => seen.length >= 50);
      expect(seen).toEqual(ticks(50));
      expect(await bench.records(`${topic.name}.dlq`)).toEqual([]);
    });

    test('delivers nothing while paused and everything after resume', async () => {
      const topic = await bench.topic();
      const { seen, collect } = collector();
      const runtime = await bench.consume(newName('group'), [subscribe(topic, collect)]);
      await waitFor('an assignment', () => runtime.assignment().length === 3);
      runtime.pause();

      await bench.send(topic, ticks(100));
      const other = collector();
      await bench.consume(newName('witness'), [subscribe(topic, other.collect)]);
      await waitFor('the witness', () => other.seen.length === 100);
      const whilePaused = seen.length;
      runtime.resume();

      await waitFor('all records', () => seen.length === 100);
      expect(whilePaused).toBe(0);
    });

    test('delivers smaller batches per partition if a member has many partitions', async () => {
      const topic = await bench.topic({ partitions: 5 });
      await bench.send(topic, ticks(3_000));
      const sizes: number[] = [];
      const collect = async (records: readonly DecodedRecord<Tick>[]): Promise<void> => void sizes.push(records.length);

      await bench.consume(newName('group'), [subscribe(topic, collect)], { maxBatchRecords: 1_000, maxRecords: 600 });

      await waitFor('all records', () => sizes.reduce((sum, size) => sum + size, 0) >= 3_000);
      expect(Math.max(...sizes)).toBe(120);
    });

    test('catches up in event-time order across partitions', async () => {
      const topic = await bench.topic({ partitions: 3 });
      const hour = 3_600_000;
      for (const partition of [0, 1, 2]) {
        // Partition 0 is dense, 2 is sparse: without alignment their event times would diverge.
        const values = Array.from({ length: 600 }, (_, n) => ({ key: 'k', n: n * (partition + 1) }));
        const events = values.map((value) => ({
          value,
          partition,
          occurredAt: new Date(value.n * hour).toISOString(),
        }));
        await bench.producer.send(topic, events);
      }
      const heads = [0, 0, 0];
      let worstSkew = 0;
      let count = 0;

      const track = subscribe<Tick>(topic, async (records, { partition }) => {
        count += records.length;
        heads[partition] = records.at(-1)?.value.n ?? 0;
        const unfinished = heads.filter((head, index) => head < 599 * (index + 1));
        worstSkew = Math.max(worstSkew, (heads[partition] ?? 0) - Math.min(...unfinished, heads[partition] ?? 0));
      });
      await bench.consume(newName('group'), [track], {
        merge: { maxSkewMs: 24 * hour },
        maxBatchRecords: 10,
        maxBytesPerPartition: 20_000,
      });

      await waitFor('all records', () => count === 1_800);
      // A day beyond another partition's next record, which is at most one step of 3 h behind its last record.
      expect(worstSkew).toBeLessThanOrEqual(24 + 3);
    });
  });
}
