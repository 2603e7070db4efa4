import { expect, test } from 'vitest';
import type { KafkajsBroker, ProtocolCall } from '../client/kafkajs-internals.js';
import type { EncodedPartition, PartitionAnswer } from './produce-call.js';
import { ProduceCombiner } from './produce-combiner.js';

function setUp(fail?: Error) {
  const requests: { nodeId: number; call: ProtocolCall }[] = [];
  const send = async (nodeId: number, call: ProtocolCall): Promise<unknown> => {
    requests.push({ nodeId, call });
    if (fail) throw fail;
    return [{ topic: 't', partition: 0, errorCode: 0 } satisfies PartitionAnswer];
  };
  const broker = (nodeId: number) =>
    ({ connectionPool: { send: (call: ProtocolCall) => send(nodeId, call) } }) as unknown as KafkajsBroker;
  return { requests, combiner: new ProduceCombiner(async (nodeId) => broker(nodeId), 1_000) };
}

const entry = (partition: number): EncodedPartition => ({ topic: 't', partition, batch: Buffer.alloc(1) });

test('batches sent to one broker in one turn share a request', async () => {
  const { requests, combiner } = setUp();

  await Promise.all([
    combiner.send(1, entry(0)),
    combiner.send(1, entry(1)),
    combiner.send(1, entry(2)),
    combiner.send(2, entry(3)),
  ]);

  expect(requests.map(({ nodeId }) => nodeId)).toEqual([1, 2]);
});

test('a partition never occurs twice in a request', async () => {
  const { requests, combiner } = setUp();

  await Promise.all([combiner.send(1, entry(0)), combiner.send(1, entry(0)), combiner.send(1, entry(1))]);

  expect(requests).toHaveLength(2);
});

test('a lost connection fails all batches of the request, and the next batch is sent in a new request', async () => {
  const { requests, combiner } = setUp(new Error('gone'));

  const outcomes = await Promise.allSettled([combiner.send(1, entry(0)), combiner.send(1, entry(1))]);
  await expect(combiner.send(1, entry(0))).rejects.toThrow('gone');

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(requests).toHaveLength(2);
});
