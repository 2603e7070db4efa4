import { expect, test } from 'vitest';
import type { OutgoingRecord } from '../../port/record.js';
import { IdempotentWriter } from './idempotent-writer.js';
import type { EncodedPartition } from '../calls/produce-call.js';
import type { SharedCluster } from '../cluster/shared-cluster.js';

type Answer = number | 'connection lost';

/** A broker with scripted responses, one per batch, that records the bytes it receives. */
class ScriptedCluster {
  readonly sent: Buffer[] = [];
  readonly topics: string[] = [];
  identities = 0;
  constructor(private readonly answers: Answer[]) {}

  readonly asCluster = {
    ready: async () => undefined,
    recover: async () => undefined,
    leaderOf: () => 1,
    produce: async (_nodeId: number, { topic, batch }: EncodedPartition) => {
      this.topics.push(topic);
      this.sent.push(Buffer.from(batch));
      const answer = this.answers.shift() ?? 0;
      if (answer === 'connection lost') throw new Error('connection lost');
      return answer;
    },
  } as unknown as SharedCluster;

  writer(deliveryTimeoutMs = 60_000): IdempotentWriter {
    const identify = async (): Promise<{ producerId: string; producerEpoch: number }> => ({
      producerId: String(++this.identities),
      producerEpoch: 0,
    });
    return new IdempotentWriter(this.asCluster, { deliveryTimeoutMs, identify, renewable: true });
  }
}

const aRecord = (value: string): OutgoingRecord => ({ topic: 't', partition: 0, key: null, value, headers: {} });
const group = (...records: OutgoingRecord[]) => ({ topic: 't', partition: 0, records });

test('sends the same bytes again when the response is lost, and counts a duplicate sequence as written', async () => {
  const cluster = new ScriptedCluster(['connection lost', 6, 46]);
  const writer = cluster.writer();

  const failures = await writer.writeOne(group(aRecord('a')));

  expect(failures.size).toBe(0);
  expect(cluster.sent).toHaveLength(3);
  expect(cluster.sent[1]).toEqual(cluster.sent[0]);
  expect(cluster.sent[2]).toEqual(cluster.sent[0]);
});

test('never reuses a sequence number with unknown outcome for other records: it takes a new producer id', async () => {
  const cluster = new ScriptedCluster(['connection lost']);
  const writer = cluster.writer(-1);
  const lost = aRecord('lost');

  const failures = await writer.writeOne(group(lost));
  await writer.writeOne(group(aRecord('next')));

  expect(failures.get(lost)).toMatchObject({ code: 'PRODUCE_OUTCOME_UNKNOWN', retryable: true });
  expect(cluster.identities).toBe(2);
});

test('a broker that lost the sequence ends the producer id, not the producer', async () => {
  const cluster = new ScriptedCluster([45]);
  const writer = cluster.writer();

  const failed = await writer.writeOne(group(aRecord('a')));
  const next = await writer.writeOne(group(aRecord('b')));

  expect(failed.size).toBe(1);
  expect(next.size).toBe(0);
  expect(cluster.identities).toBe(2);
});

test('of a batch rejected as too large only the record that is too large fails', async () => {
  const cluster = new ScriptedCluster([10, 0, 10, 10, 0]);
  const writer = cluster.writer();
  const [small, huge, last] = [aRecord('small'), aRecord('huge'), aRecord('last')];

  const failures = await writer.writeOne(group(small, huge, last));

  expect([...failures.keys()]).toEqual([huge]);
  expect(failures.get(huge)).toMatchObject({ code: 'RECORD_TOO_LARGE', retryable: false });
});

test('rejects all writes after a newer epoch has taken over', async () => {
  const cluster = new ScriptedCluster([47]);
  const options = {
    deliveryTimeoutMs: 60_000,
    identify: async () => ({ producerId: '1', producerEpoch: 0 }),
    renewable: false,
  };
  const writer = new IdempotentWriter(cluster.asCluster, options);

  const [first, second] = [aRecord('a'), aRecord('b')];
  const failures = [await writer.writeOne(group(first)), await writer.writeOne(group(second))];

  expect(failures[0]?.get(first)).toMatchObject({ code: 'FENCED' });
  expect(failures[1]?.get(second)).toMatchObject({ code: 'FENCED' });
  expect(cluster.sent).toHaveLength(1);
});

test('a batch rejected as too large is bisected, not sent record by record', async () => {
  const cluster = new ScriptedCluster([10, 0, 0]);
  const records = Array.from({ length: 1_000 }, (_, n) => aRecord(`${n}`));

  const failures = await cluster.writer().writeOne(group(...records));

  expect(failures.size).toBe(0);
  expect(cluster.sent).toHaveLength(3);
});

test('after records with an unknown outcome the rest of the batch is not written', async () => {
  const cluster = new ScriptedCluster([10, 45]);
  const [first, second] = [aRecord('first'), aRecord('second')];

  const failures = await cluster.writer().writeOne(group(first, second));

  expect([...failures.keys()]).toEqual([first, second]);
  expect(failures.get(second)).toMatchObject({ code: 'PRODUCE_OUTCOME_UNKNOWN' });
  expect(cluster.sent).toHaveLength(2);
});

test('healthy partitions settle while another is retried, and keep their producer id when that one loses its own', async () => {
  const cluster = new ScriptedCluster([0, 45, 0, 0]);
  const writer = cluster.writer();
  const settled: string[] = [];
  const write = (): Promise<void> =>
    writer.write(
      [group(aRecord('a')), { topic: 'u', partition: 1, records: [aRecord('b')] }],
      ({ topic }, failures) => void settled.push(`${topic} ${failures.size}`),
    );

  await write();
  await write();

  expect(settled).toEqual(['t 0', 'u 1', 't 0', 'u 0']);
  const ids = cluster.sent.map((batch) => Number(batch.readBigInt64BE(43)));
  expect(ids.filter((_, n) => cluster.topics[n] === 't')).toEqual([1, 1]);
  expect(ids.filter((_, n) => cluster.topics[n] === 'u')).toEqual([1, 2]);
});
