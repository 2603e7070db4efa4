import { expect, test } from 'vitest';
import type { OutgoingRecord } from '../port/record.js';
import { IdempotentWriter } from './idempotent-writer.js';
import type { ProtocolCall } from './kafkajs-internals.js';
import { type EncodedPartition, type PartitionAnswer, produceCall } from './produce-call.js';
import type { SharedCluster } from './shared-cluster.js';

type Answer = number | 'connection lost';

/** A broker that gives prepared answers, one per request, and keeps the bytes it was sent. */
class ScriptedCluster {
  readonly sent: Buffer[] = [];
  identities = 0;
  constructor(private readonly answers: Answer[]) {}

  readonly asCluster = {
    ready: async () => undefined,
    recover: async () => undefined,
    leaderOf: () => 1,
    produce: (_nodeId: number, entries: readonly EncodedPartition[]) => this.answer(produceCall(entries, 1_000)),
  } as unknown as SharedCluster;

  writer(deliveryTimeoutMs = 60_000): IdempotentWriter {
    const identify = async (): Promise<{ producerId: string; producerEpoch: number }> => ({
      producerId: String(++this.identities),
      producerEpoch: 0,
    });
    return new IdempotentWriter(this.asCluster, { deliveryTimeoutMs, identify, renewable: true });
  }

  private async answer(call: ProtocolCall): Promise<PartitionAnswer[]> {
    this.sent.push((await call.request.encode()).buffer);
    const answer = this.answers.shift() ?? 0;
    if (answer === 'connection lost') throw new Error('connection lost');
    return [{ topic: 't', partition: 0, errorCode: answer }];
  }
}

const aRecord = (value: string): OutgoingRecord => ({ topic: 't', partition: 0, key: null, value, headers: {} });
const group = (...records: OutgoingRecord[]) => [{ topic: 't', partition: 0, records }];

test('sends the very same bytes again when the answer was lost, and counts a recognised repeat as written', async () => {
  const cluster = new ScriptedCluster(['connection lost', 6, 46]);
  const writer = cluster.writer();

  const failures = await writer.write(group(aRecord('a')));

  expect(failures.size).toBe(0);
  expect(cluster.sent).toHaveLength(3);
  expect(cluster.sent[1]).toEqual(cluster.sent[0]);
  expect(cluster.sent[2]).toEqual(cluster.sent[0]);
});

test('never gives a sequence number whose fate is unknown to other records: it takes a new producer id', async () => {
  const cluster = new ScriptedCluster(['connection lost']);
  const writer = cluster.writer(-1);
  const lost = aRecord('lost');

  const failures = await writer.write(group(lost));
  await writer.write(group(aRecord('next')));

  expect(failures.get(lost)).toMatchObject({ code: 'PRODUCE_OUTCOME_UNKNOWN', retryable: true });
  expect(cluster.identities).toBe(2);
});

test('a broker that lost our sequence ends the producer id, not the producer', async () => {
  const cluster = new ScriptedCluster([45]);
  const writer = cluster.writer();

  const failed = await writer.write(group(aRecord('a')));
  const next = await writer.write(group(aRecord('b')));

  expect(failed.size).toBe(1);
  expect(next.size).toBe(0);
  expect(cluster.identities).toBe(2);
});

test('of a batch refused as too large only the guilty record fails', async () => {
  const cluster = new ScriptedCluster([10, 0, 10, 0]);
  const writer = cluster.writer();
  const [small, huge, last] = [aRecord('small'), aRecord('huge'), aRecord('last')];

  const failures = await writer.write(group(small, huge, last));

  expect([...failures.keys()]).toEqual([huge]);
  expect(failures.get(huge)).toMatchObject({ code: 'RECORD_TOO_LARGE', retryable: false });
});

test('is refused for good once a newer epoch has taken over', async () => {
  const cluster = new ScriptedCluster([47]);
  const options = {
    deliveryTimeoutMs: 60_000,
    identify: async () => ({ producerId: '1', producerEpoch: 0 }),
    renewable: false,
  };
  const writer = new IdempotentWriter(cluster.asCluster, options);

  const [first, second] = [aRecord('a'), aRecord('b')];
  const failures = [await writer.write(group(first)), await writer.write(group(second))];

  expect(failures[0]?.get(first)).toMatchObject({ code: 'FENCED' });
  expect(failures[1]?.get(second)).toMatchObject({ code: 'FENCED' });
  expect(cluster.sent).toHaveLength(1);
});
