import { MemoryBus } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { ScoreTail } from './score-tail.js';

async function aTail() {
  const bus = new MemoryBus();
  const spec = { partitions: 1, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1e6 } as const;
  await bus.admin.createTopics(['transactions', 'transactions.scored'].map((name) => ({ name, ...spec })));
  const producer = bus.producer();
  const write = (topic: string, value: unknown): Promise<void> =>
    producer.write([{ topic, partition: 0, key: 'k', value: JSON.stringify(value), headers: {} }]);
  return {
    tail: new ScoreTail(bus.admin),
    send: (id: string) => write('transactions', { transaction_id: id }),
    score: (id: string, version: string) =>
      write('transactions.scored', { transaction: { transaction_id: id }, model_version: version, timings: {} }),
  };
}

test('every score is counted, but only live ones are decoded', async () => {
  const { tail, send, score } = await aTail();
  await send('old');
  await score('old', '1');
  await tail.readOn();

  await tail.begin();
  await send('new');
  await score('new', '2');
  await tail.readOn();

  expect(tail.count).toBe(2);
  expect([...tail.byVersion]).toEqual([['2', 1]]);
  // The in-memory bus counts appends as its clock: the score was appended directly after the transaction.
  expect(tail.recentMs()).toEqual({ p50: 1, p99: 1 });
});

test('a score of an earlier transaction counts for its model, not for the latency', async () => {
  const { tail, send, score } = await aTail();
  await send('old');
  await tail.begin();

  await score('old', '1');
  await tail.readOn();

  expect(tail.byVersion.get('1')).toBe(1);
  expect(tail.recentMs().p50).toBeNaN();
});
