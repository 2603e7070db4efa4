import { groupBy } from './group-by.js';
import type { EncodedBody, ProtocolCall } from './kafkajs-internals.js';

const PRODUCE_API_KEY = 0;
const PRODUCE_VERSION = 7;
const ALL_IN_SYNC_REPLICAS = -1;

/** One partition's encoded record batch in a produce request. */
export interface EncodedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** Kafka protocol error code; 0 is success. */
  readonly errorCode: number;
}

/**
 * A Produce v7 call with acks = all, whose answer keeps every partition's own error code.
 * Source: https://kafka.apache.org/protocol#The_Messages_Produce.
 */
export function produceCall(
  partitions: readonly EncodedPartition[],
  timeoutMs: number,
): ProtocolCall<PartitionAnswer[]> {
  return {
    request: {
      apiKey: PRODUCE_API_KEY,
      apiVersion: PRODUCE_VERSION,
      apiName: 'Produce',
      encode: async () => encodeBody(partitions, timeoutMs),
    },
    response: { decode: async (payload) => decodeAnswers(payload), parse: async (answers) => answers },
  };
}

function encodeBody(partitions: readonly EncodedPartition[], timeoutMs: number): EncodedBody {
  const byTopic = groupBy(partitions, (entry) => entry.topic);
  const prefix = Buffer.allocUnsafe(12);
  prefix.writeInt16BE(-1, 0);
  prefix.writeInt16BE(ALL_IN_SYNC_REPLICAS, 2);
  prefix.writeInt32BE(timeoutMs, 4);
  prefix.writeInt32BE(byTopic.size, 8);
  const parts: Buffer[] = [prefix];
  for (const [topic, entries] of byTopic) {
    const name = Buffer.from(topic, 'utf8');
    const head = Buffer.allocUnsafe(name.length + 6);
    head.writeInt16BE(name.length, 0);
    head.set(name, 2);
    head.writeInt32BE(entries.length, name.length + 2);
    parts.push(head);
    for (const { partition, batch } of entries) {
      const size = Buffer.allocUnsafe(8);
      size.writeInt32BE(partition, 0);
      size.writeInt32BE(batch.length, 4);
      parts.push(size, batch);
    }
  }
  const buffer = Buffer.concat(parts);
  return { buf: buffer, buffer };
}

function decodeAnswers(payload: Buffer): PartitionAnswer[] {
  const answers: PartitionAnswer[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameBytes = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameBytes);
    at += 2 + nameBytes;
    let count = payload.readInt32BE(at);
    at += 4;
    for (; count > 0; count--) {
      answers.push({ topic, partition: payload.readInt32BE(at), errorCode: payload.readInt16BE(at + 4) });
      // partition int32, error int16, base offset int64, append time int64, log start int64
      at += 30;
    }
  }
  return answers;
}
