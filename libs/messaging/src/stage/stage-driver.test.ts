import { expect, test } from 'vitest';
import { defineTopic, type TopicDefinition } from '@fraudflow/contracts';
import { type Logger, silentLogger } from '@fraudflow/observability';
import { z } from 'zod';
import { ensureTopics } from '../admin/topics.js';
import { MemoryBus } from '../memory/memory-bus.js';
import { EventProducer } from '../producer/event-producer.js';
import { MemoryStageStore } from './memory-stage-store.js';
import { CoPartitionedSink } from './co-partitioned-sink.js';
import { RepartitioningSink } from './repartitioning-sink.js';
import { output, type StageDefinition } from './stage-definition.js';
import { runCoPartitionedStage } from './stage.js';
import { StageDriver } from './stage-driver.js';

interface Tick {
  readonly n: number;
}

const aTopic = (name: string): TopicDefinition<Tick> =>
  defineTopic<Tick>({
    name,
    keyedBy: 'n',
    keyOf: ({ n }) => String(n),
    schema: z.object({ n: z.int() }),
    partitions: 1,
    owner: 'test',
    description: 'created for one test',
  });
const [INPUT, OUTPUT] = [aTopic('in'), aTopic('out')];
const TARGET = { topic: INPUT.name, partition: 0 };
const DEFINITION: StageDefinition<Tick> & { readonly output: TopicDefinition<Tick> } = {
  name: 'stage',
  input: INPUT,
  output: OUTPUT,
  open: () => ({
    process: async (records) => ({ outputs: records.map((record) => output(OUTPUT, record.value, record)) }),
  }),
};

async function setUp() {
  const bus = new MemoryBus();
  await ensureTopics(bus.admin, [INPUT, OUTPUT], { partitions: 1 });
  const producer = new EventProducer(bus);
  const events: unknown[] = [];
  const logger = {
    ...silentLogger,
    error: ({ event }: { event: unknown }) => void events.push(event),
  } as unknown as Logger;
  const store = new MemoryStageStore();
  const driver = (): StageDriver<Tick> =>
    new StageDriver({
      definition: DEFINITION,
      groupId: 'group',
      store,
      sink: new CoPartitionedSink({
        bus,
        stage: 'stage',
        input: INPUT.name,
        output: OUTPUT.name,
        others: new RepartitioningSink(new EventProducer(bus)),
      }),
      admin: bus.admin,
      logger,
      metrics: undefined,
      retry: {},
    });
  const send = (...numbers: number[]): Promise<void> =>
    producer.send(
      INPUT,
      numbers.map((n) => ({ value: { n } })),
    );
  const dependencies = { bus, producer, logger, tuning: { retry: { firstBackoffMs: 1, lastBackoffMs: 1 } } };
  const outputs = async (): Promise<number[]> => {
    const { records } = await bus.admin.read({ topic: OUTPUT.name, partition: 0 }, 0);
    return records.map(({ value }) => (JSON.parse(String(value)) as Tick).n);
  };
  const runUntil = async (count: number, withStore = true): Promise<void> => {
    const stage = await runCoPartitionedStage(DEFINITION, withStore ? store : undefined, dependencies);
    while ((await outputs()).length < count) await new Promise((resolve) => setImmediate(resolve));
    await stage.stop();
  };
  const recreateInput = async (): Promise<void> => {
    await bus.admin.deleteTopic(INPUT.name);
    await ensureTopics(bus.admin, [INPUT], { partitions: 1 });
  };
  return { bus, store, driver, send, outputs, runUntil, recreateInput, events, dependencies };
}

test('a state computed from a deleted topic of the same name is rejected even if the new topic is longer, and the error names the keys to delete', async () => {
  const { driver, send, runUntil, recreateInput } = await setUp();
  await send(1, 2);
  await runUntil(2);
  await recreateInput();
  await send(3, 4, 5);

  await expect(driver().assigned(TARGET)).rejects.toMatchObject({
    code: 'STATE_AHEAD_OF_LOG',
    message: expect.stringContaining('{stage:0}'),
  });
});

test('after that state is deleted, all records of the new topic are processed without another reset', async () => {
  const { store, send, runUntil, recreateInput, outputs } = await setUp();
  await send(1, 2, 3);
  await runUntil(3);
  await recreateInput();
  await send(4, 5);

  store.lose();
  await runUntil(5);

  expect(await outputs()).toEqual([1, 2, 3, 4, 5]);
});

test('a stateless stage whose input lost its end writes the outputs of new records at the lost offsets', async () => {
  const { bus, send, runUntil, outputs, events, dependencies } = await setUp();
  await send(1, 2);
  await runUntil(2, false);
  const incarnation = await bus.admin.incarnation(INPUT.name);
  // An output of a record at offset 7, which the input no longer has.
  const headers = { 'source-partition': `in@${incarnation}:0`, 'source-offset': '7' };
  await bus.producer().write([{ topic: OUTPUT.name, partition: 0, key: null, value: '{"n":70}', headers }]);

  const stage = await runCoPartitionedStage(DEFINITION, undefined, dependencies);
  while (!events.includes('output_ahead_of_log')) await new Promise((resolve) => setImmediate(resolve));
  await send(3, 4);
  while ((await outputs()).length < 5) await new Promise((resolve) => setImmediate(resolve));
  await stage.stop();

  expect(await outputs()).toEqual([1, 2, 70, 3, 4]);
});
