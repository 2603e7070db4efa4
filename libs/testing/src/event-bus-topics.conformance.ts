import { describe, expect, test } from 'vitest';
import { Registry } from '@fraudflow/observability';
import type { TopicDefinition } from '@fraudflow/contracts';
import {
  ensureTopics,
  runCoPartitionedStage,
  runRepartitioningStage,
  type StageDefinition,
  subscribe,
} from '@fraudflow/messaging';
import { counting } from './event-bus-counting-stage.js';
import { Bench, newName, type EventBusUnderTest, type Tick, ticks, waitFor } from './event-bus-fixture.js';

/** Behaviour when topics change while they are read: deleted records, recreated topics, added partitions. */
export function describeTopicChanges(current: () => EventBusUnderTest): void {
  describe('a log that changes', () => {
    test('a reader whose offset was deleted continues at the log start and counts the lost records', async () => {
      const bench = new Bench(current());
      const topic = await bench.topic({ partitions: 1 });
      const { admin } = current().bus;
      const metrics = new Registry();
      const group = newName('group');
      const seen: number[] = [];
      const handler = subscribe<Tick>(topic, async (records) => void seen.push(...records.map(({ value }) => value.n)));
      await bench.send(topic, ticks(10));
      const first = await bench.consume(group, [handler], { metrics });
      await waitFor('the first ten', () => seen.length === 10);
      await first.stop();
      await bench.send(topic, ticks(30));
      await admin.deleteRecords({ topic: topic.name, partition: 0 }, 25);

      await bench.consume(group, [handler], { metrics });

      await waitFor('the rest', () => seen.length === 25);
      expect(seen.slice(10)).toEqual(Array.from({ length: 15 }, (_, n) => n + 15));
      expect(await figure(metrics, 'messaging_lost_to_retention_total')).toBe(15);
      await bench.close();
    });

    test('a stage whose offset was deleted continues at the log start and counts the lost records', async () => {
      const bench = new Bench(current());
      const [input, output] = [await bench.topic({ partitions: 1 }), await bench.topic()];
      const { admin } = current().bus;
      const metrics = new Registry();
      const definition = countingStage(newName('stage'), input, output);
      const dependencies = { ...bench.dependencies(), metrics };
      await bench.send(input, ticks(10));
      const first = await runRepartitioningStage(definition, current().store, dependencies);
      await waitFor('the first ten', async () => (await bench.values(output.name)).length === 10);
      await first.stop();
      await bench.send(input, ticks(30));
      await admin.deleteRecords({ topic: input.name, partition: 0 }, 25);

      const second = await runRepartitioningStage(definition, current().store, dependencies);

      await waitFor('the rest', async () => (await bench.values(output.name)).length === 25);
      expect(await figure(metrics, 'messaging_lost_to_retention_total')).toBe(15);
      await second.stop();
      await bench.close();
    });

    test('records of a recreated topic are new to the next stage', async () => {
      const bench = new Bench(current());
      const { admin } = current().bus;
      const external = await bench.topic({ partitions: 1 });
      const [inner, output] = [await bench.topic({ partitions: 1 }), await bench.topic()];
      const metrics = new Registry();
      // A plain consumer as the first step, like ingestion.
      const relay = subscribe<Tick>(external, async (records) =>
        bench.producer.send(
          inner,
          records.map((record) => ({ value: record.value, from: record })),
        ),
      );
      await bench.consume(newName('relay'), [relay]);
      const stage = await runRepartitioningStage(countingStage(newName('stage'), inner, output), current().store, {
        ...bench.dependencies(),
        metrics,
      });
      await bench.send(external, ticks(20));
      await waitFor('the first life', async () => (await bench.values(output.name)).length === 20);

      await admin.deleteTopic(external.name);
      await ensureTopics(admin, [external], { partitions: 1 });
      await bench.send(external, ticks(5));

      await waitFor('the second life', async () => (await bench.values(output.name)).length === 25);
      expect(await figure(metrics, 'messaging_source_incarnations_total')).toBe(1);
      expect(await figure(metrics, 'messaging_duplicates_dropped_total')).toBe(0);
      await stage.stop();
      await bench.close();
    });

    test('a co-partitioned stage without state emits the records of a recreated input topic', async () => {
      const bench = new Bench(current());
      const { admin } = current().bus;
      const [input, output] = [await bench.topic({ partitions: 1 }), await bench.topic({ partitions: 1 })];
      const definition = { ...countingStage(newName('hop'), input, output), output };
      const first = await runCoPartitionedStage(definition, undefined, bench.dependencies());
      await bench.send(input, ticks(20));
      await waitFor('the first life', async () => (await bench.values(output.name)).length === 20);
      await first.stop();
      await admin.deleteTopic(input.name);
      await ensureTopics(admin, [input], { partitions: 1 });
      await bench.send(input, ticks(5));

      const second = await runCoPartitionedStage(definition, undefined, bench.dependencies());

      await waitFor('the second life', async () => (await bench.values(output.name)).length === 25);
      await second.stop();
      await bench.close();
    });

    test('added partitions of a topic are read without a restart', async () => {
      const bench = new Bench(current());
      const topic = await bench.topic({ partitions: 1, owner: 'external' });
      const seen = new Set<number>();
      const handler = subscribe<Tick>(topic, async (records) => {
        for (const { value } of records) seen.add(value.n);
      });
      await bench.consume(newName('group'), [handler], { metadataMaxAgeMs: 200 });
      await bench.send(topic, ticks(3));
      await waitFor('the first three', () => seen.size === 3);

      await current().bus.admin.addPartitions(topic.name, 3);
      const added = ticks(6).slice(3);
      await bench.producer.send(
        topic,
        added.map((value, n) => ({ value, partition: 1 + (n % 2) })),
      );

      await waitFor('the records of the new partitions', () => seen.size === 6);
      await bench.close();
    });
  });
}

function countingStage(
  name: string,
  input: TopicDefinition<Tick>,
  output: TopicDefinition<Tick>,
): StageDefinition<Tick> {
  return { name, input, open: counting(output, ({ key }) => key) };
}

/** The sum of a counter over its labels. */
async function figure(metrics: Registry, name: string): Promise<number> {
  const lines = (await metrics.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
