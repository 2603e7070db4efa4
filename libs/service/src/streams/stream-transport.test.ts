import { labelsTopic, labelsValidatedTopic, transactionsTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { conflict } from '@fraudflow/core';
import {
  type BatchContext,
  type DecodedRecord,
  DeclaredBus,
  declaredTopics,
  defineStreams,
  ensureTopics,
  EventProducer,
  MemoryBus,
  readTopic,
} from '@fraudflow/messaging';
import { HealthRegistry, Registry, silentLogger } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { Controller, Module, type Type } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ServiceModule } from '../service.module.js';
import { startService, type StartedService } from '../start-service.js';
import { StreamHandler } from './stream-handler.js';
import { type StreamReader, StreamTransport } from './stream-transport.js';

const streams = defineStreams({
  service: 'example',
  consume: { labels: { topic: labelsTopic, group: 'example.labels' } },
  readers: { sink: { topics: [transactionsTopic], group: 'example.sink' } },
  produce: [labelsValidatedTopic],
  deadLetters: [labelsTopic],
});

type Records = readonly DecodedRecord<{ readonly transaction_id: string }>[];
const received: string[] = [];
let failure: Error | undefined;

@Controller()
class LabelsController {
  @StreamHandler(streams.consume.labels)
  async handle(@Payload() records: Records, @Ctx() context: BatchContext): Promise<void> {
    if (failure) throw failure;
    received.push(...records.map(({ value }) => `${context.groupId}:${value.transaction_id}`));
  }
}

@Controller()
class StrangeController {
  @StreamHandler({ topic: transactionsTopic, group: 'other' })
  async handle(): Promise<void> {}
}

const label = {
  transaction_id: 't1',
  is_fraud: true,
  labelled_at: '2026-04-30T22:00:00Z',
};
const aReader = (): StreamReader => ({ start: vi.fn<() => void>(), stop: vi.fn<() => Promise<void>>() });

let running: StartedService | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
  failure = undefined;
  received.length = 0;
});

async function start(controllers: readonly Type[], readers: Record<string, StreamReader>, declared = streams) {
  @Module({ controllers: [...controllers] })
  class ExampleModule {}
  const memory = new MemoryBus();
  await ensureTopics(memory.admin, declaredTopics(streams), { partitions: 1 });
  const bus = new DeclaredBus(memory, declared);
  const metrics = new Registry();
  const context = { service: 'example', config: {}, logger: silentLogger, metrics, health: new HealthRegistry() };
  const app = await createHttpApp(
    { module: ExampleModule, imports: [ServiceModule.forRoot(context)] },
    { logger: silentLogger },
  );
  const transport = new StreamTransport({
    streams: declared,
    bus,
    producer: bus.producer(),
    logger: silentLogger,
    readers: readers as { sink: StreamReader },
  });
  running = await startService(app, { httpPort: 0, bindAddress: '127.0.0.1', transports: [transport] });
  return { bus, memory };
}

describe('what the service declares', () => {
  test('is started: handlers get the batches of their input, and readers run until the stop', async () => {
    const sink = aReader();
    const { memory } = await start([LabelsController], { sink });

    await new EventProducer(memory).send(labelsTopic, [{ value: label as never }]);

    await vi.waitFor(() => expect(received).toEqual(['example.labels:t1']));
    expect(sink.start).toHaveBeenCalledOnce();
    await running?.stop();
    running = undefined;
    expect(sink.stop).toHaveBeenCalledOnce();
  });

  test('needs a handler for each input', async () => {
    await expect(start([], { sink: aReader() })).rejects.toThrow('without its handler of example.labels/labels');
  });

  test('needs each reader', async () => {
    await expect(start([LabelsController], {})).rejects.toThrow('without its reader sink');
  });

  test('names each handler: a further one is refused', async () => {
    const start2 = start([LabelsController, StrangeController], { sink: aReader() });

    await expect(start2).rejects.toThrow('handler of other/transactions is not in');
  });

  test('names each reader: a further one is refused', async () => {
    const start2 = start([LabelsController], { sink: aReader(), other: aReader() });

    await expect(start2).rejects.toThrow('reader other is not in');
  });
});

describe('each line of the declaration', () => {
  test('of an input is needed: its group cannot be read without it', () => {
    const bus = new DeclaredBus(new MemoryBus(), { ...streams, consume: {} });
    const handlers = { batch: async () => ({ nextOffset: 0 }) };

    const join = () => bus.consumer({ groupId: 'example.labels', topics: [labelsTopic.name] }, handlers);

    expect(join).toThrow('example does not declare that it reads labels in group example.labels');
  });

  test('of an output is needed: nothing is written to its topic without it', async () => {
    const memory = new MemoryBus();
    await ensureTopics(memory.admin, [labelsValidatedTopic], { partitions: 1 });
    const record = { topic: labelsValidatedTopic.name, partition: 0, key: 'k', value: 'v', headers: {} };

    const without = new DeclaredBus(memory, { ...streams, produce: [] });
    const outcomes = await Promise.allSettled([
      new DeclaredBus(memory, streams).producer().write([record]),
      without.producer().write([record]),
      without.fencedWriter('example', record),
    ]);

    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'TOPIC_NOT_DECLARED' } },
      { reason: { code: 'TOPIC_NOT_DECLARED' } },
    ]);
  });

  test('of dead letters is needed', async () => {
    const dlq = { topic: 'labels.dlq', partition: 0, key: 'k', value: 'v', headers: {} };

    const removed = new DeclaredBus(new MemoryBus(), { ...streams, deadLetters: [] }).producer().write([dlq]);

    await expect(removed).rejects.toMatchObject({ code: 'TOPIC_NOT_DECLARED' });
  });

  test('of a table is needed: its topic cannot be read without it', async () => {
    const memory = new MemoryBus();
    await ensureTopics(memory.admin, [transactionsValidatedTopic], { partitions: 1 });
    const target = { topic: transactionsValidatedTopic.name, partition: 0 };
    const declared = { ...streams, tables: { validated: transactionsValidatedTopic } };

    const outcomes = await Promise.allSettled([
      new DeclaredBus(memory, declared).admin.read(target, 0),
      new DeclaredBus(memory, streams).admin.read(target, 0),
    ]);

    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'TOPIC_NOT_DECLARED' } }]);
  });

  test('gives the producer its topics as types', () => {
    // @ts-expect-error -- transactions.validated is not among the declared outputs.
    const wrong: (typeof streams)['produce'][number] = transactionsValidatedTopic;

    expect(wrong.name).toBe('transactions.validated');
  });
});

test('an error of a handler decides about its records: a bad record becomes a dead letter with the handler’s code', async () => {
  const { memory } = await start([LabelsController], { sink: aReader() });
  failure = conflict('label: refused', { code: 'TRANSACTION_ID_REUSED' });

  await new EventProducer(memory).send(labelsTopic, [{ value: label as never }]);

  const codes: unknown[] = [];
  await vi.waitFor(async () => {
    codes.length = 0;
    for await (const record of readTopic(memory.admin, 'labels.dlq', { until: 'end' })) {
      codes.push(String(record.raw.headers['dlq-error-code']));
    }
    expect(codes).toEqual(['TRANSACTION_ID_REUSED']);
  });
});
