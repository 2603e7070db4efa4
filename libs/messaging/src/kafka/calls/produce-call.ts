import { type EncodedBody, REQUEST_HEADROOM } from '@fraudflow/runtime-tuning';
import { requestBuffers } from '../wire/request-buffers.js';
import { groupBy } from '../client/group-by.js';
import type { ProtocolCall } from '../client/kafkajs-internals.js';

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
 * A Produce v7 call with acks = all that keeps every partition's error code.
 * Source: https://kafka.apache.org/protocol#The_Messages_Produce.
 */
export function produceCall(
  partitions: readonly EncodedPartition[],
  timeoutMs: number,
): ProtocolCall<PartitionAnswer[]> {
  let sent: Buffer | undefined;
  return {
    request: {
      apiKey: PRODUCE_API_KEY,
      apiVersion: PRODUCE_VERSION,
      apiName: 'Produce',
      encode: async () => {
        const body = encodeBody(partitions, timeoutMs);
        sent = body.buffer;
        return body;
      },
    },
    response: {
      decode: async (payload) => {
        // A response proves that the broker has read the whole request, so the buffer can be reused.
        if (sent !== undefined) requestBuffers.give(sent);
        return decodeResponse(payload);
      },
      parse: async (answers) => answers,
    },
  };
}

function encodeBody(partitions: readonly EncodedPartition[], timeoutMs: number): EncodedBody {
  const byTopic = [...groupBy(partitions, (entry) => entry.topic)].map(
    ([topic, entries]) => [Buffer.from(topic, 'utf8'), entries] as const,
  );
  let size = 12;
  for (const [name, entries] of byTopic) {
    size += name.length + 6;
    for (const { batch } of entries) size += 8 + batch.length;
  }
  const body = requestBuffers.take(REQUEST_HEADROOM + size);
  let at = body.writeInt16BE(-1, REQUEST_HEADROOM);
  at = body.writeInt16BE(ALL_IN_SYNC_REPLICAS, at);
  at = body.writeInt32BE(timeoutMs, at);
  at = body.writeInt32BE(byTopic.length, at);
  for (const [name, entries] of byTopic) {
    at = body.writeInt16BE(name.length, at);
    at += name.copy(body, at);
    at = body.writeInt32BE(entries.length, at);
    for (const { partition, batch } of entries) {
      at = body.writeInt32BE(partition, at);
      at = body.writeInt32BE(batch.length, at);
      at += batch.copy(body, at);
    }
  }
  const buffer = body.subarray(REQUEST_HEADROOM);
  return { buf: buffer, buffer, slab: { bytes: body, start: REQUEST_HEADROOM } };
}

function decodeResponse(payload: Buffer): PartitionAnswer[] {
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
