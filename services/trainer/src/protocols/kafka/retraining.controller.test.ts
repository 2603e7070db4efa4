import { type RetrainingRequested, retrainingRequestedTopic } from '@fraudflow/contracts';
import { DeclaredBus, declaredTopics, ensureTopics, EventProducer, MemoryBus } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { startService, type StartedService, StreamTransport } from '@fraudflow/service';
import { Module } from '@nestjs/common';
import { afterEach, expect, test, vi } from 'vitest';
import { streams } from '../../streams.js';
import { RetrainingRequestedConsumer } from '../../triggers/retraining-requested.consumer.js';
import { RetrainingController } from './retraining.controller.js';

const REQUEST: RetrainingRequested = {
  request_id: 'r1',
  model_name: 'fraud',
  model_version: '1',
  reason: 'drift',
  requested_by: 'drift-monitor',
  requested_at: '2026-05-01T00:00:00.000Z',
  evidence: {},
};

@Module({})
class RetrainingModule {}

let running: StartedService | undefined;
afterEach(() => running?.stop());

test('the declared input is handled: a request on the topic reaches the consumer in the group of the trainer', async () => {
  const handle = vi.fn<RetrainingRequestedConsumer['handle']>(async () => {});
  const memory = new MemoryBus();
  await ensureTopics(memory.admin, declaredTopics(streams), { partitions: 1 });
  const bus = new DeclaredBus(memory, streams);
  const app = await createHttpApp(
    {
      module: RetrainingModule,
      controllers: [RetrainingController],
      providers: [{ provide: RetrainingRequestedConsumer, useValue: { handle } }],
    },
    { logger: silentLogger },
  );
  const parts = { streams, bus, producer: bus.producer(), logger: silentLogger, readers: {} };
  const transports = [new StreamTransport(parts)];
  running = await startService(app, { httpPort: 0, bindAddress: '127.0.0.1', transports });

  await new EventProducer(memory).send(retrainingRequestedTopic, [{ value: REQUEST, eventId: 'r1' }]);

  await vi.waitFor(() => expect(handle).toHaveBeenCalledOnce());
  const [records, batch] = handle.mock.calls[0] ?? [];
  expect(records?.map(({ value }) => value.request_id)).toEqual(['r1']);
  expect(batch).toMatchObject({ topic: 'retraining.requested', groupId: 'trainer' });
});
