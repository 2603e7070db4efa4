import { type ModelEvent, modelEventSchema, modelsEventsTopic } from '@fraudflow/contracts';
import { ensureTopics, EventProducer, MemoryBus, readTopic } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { KafkaModelEventPublisher } from './kafka-model-event-publisher.js';

const event = (sequence: number): ModelEvent => ({
  event_id: `event-${sequence}`,
  sequence,
  kind: 'stage_changed',
  model_name: 'fraud',
  model_version: '1',
  from_stage: 'None',
  to_stage: 'Production',
  actor: 'ann',
  occurred_at: '2026-04-01T12:00:00.000Z',
});

test('events are appended to models.events in order, keyed by model, with their ids', async () => {
  const bus = new MemoryBus();
  const producer = new EventProducer(bus);
  const publisher = new KafkaModelEventPublisher(producer, () =>
    ensureTopics(bus.admin, [modelsEventsTopic], { partitions: 3 }),
  );

  await publisher.publish([event(1), event(2)]);
  await publisher.publish([event(3)]);
  await producer.close();

  const records = [];
  for await (const record of readTopic(bus.admin, modelsEventsTopic.name, { until: 'end' })) records.push(record);
  expect(records.map(({ value }) => modelEventSchema.parse(JSON.parse(String(value))).sequence)).toEqual([1, 2, 3]);
  expect(records.map(({ key }) => String(key))).toEqual(['fraud', 'fraud', 'fraud']);
  expect(records.map(({ eventId }) => eventId)).toEqual(['event-1', 'event-2', 'event-3']);
});
