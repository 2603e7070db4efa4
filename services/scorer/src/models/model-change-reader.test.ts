import { modelsEventsTopic } from '@fraudflow/contracts';
import { unavailable } from '@fraudflow/core';
import { MemoryBus } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { ModelChangeReader } from './model-change-reader.js';

async function aLog() {
  const bus = new MemoryBus();
  const { name } = modelsEventsTopic;
  await bus.admin.createTopics([
    { name, partitions: 2, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1_000_000 },
  ]);
  const writer = bus.producer();
  const append = (partition: number, value: unknown): Promise<void> => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return writer.write([{ topic: name, partition, key: 'k', value: text, headers: {} }]);
  };
  const options = {
    modelName: 'fraud_detector',
    onChange: () => undefined,
    pollMs: 1,
    events: { modelEventsUnreadable: () => undefined },
  };
  return { bus, append, options, reader: new ModelChangeReader({ ...options, admin: bus.admin }) };
}

const staged = (model_name: string) => ({ model_name, kind: 'stage_changed', model_version: '2' });

test('the first read reports a change; later reads report only new events of the model', async () => {
  const { reader, append } = await aLog();
  await append(0, staged('fraud_detector'));

  const looks = [await reader.look(), await reader.look()];
  await append(1, staged('another'));
  await append(1, { ...staged('fraud_detector'), kind: 'version_created' });
  looks.push(await reader.look());
  await append(1, staged('fraud_detector'));
  looks.push(await reader.look(), await reader.look());

  expect(looks).toEqual([true, false, false, true, false]);
});

test('an unreadable record counts as a change', async () => {
  const { reader, append } = await aLog();
  await reader.look();

  await append(0, 'no json');

  expect(await reader.look()).toBe(true);
});

test('it continues after a Kafka outage and reports the outage once', async () => {
  const { bus, options } = await aLog();
  let failures = 3;
  let reported = 0;
  const offsets: MemoryBus['admin']['offsets'] = async (topic) => {
    if (failures-- > 0) throw unavailable('away');
    return bus.admin.offsets(topic);
  };
  let changed = (): void => undefined;
  const seen = new Promise<void>((resolve) => (changed = resolve));
  const admin = { offsets, read: bus.admin.read.bind(bus.admin) };
  const events = { modelEventsUnreadable: () => reported++ };
  const reader = new ModelChangeReader({ ...options, admin, events, onChange: changed });

  reader.start();
  await seen;
  await reader.stop();

  expect(reported).toBe(1);
});
