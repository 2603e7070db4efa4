import type { TopicPartition } from '../../port/record.js';
import { readInt64 } from './fetch-call.js';
import { groupBy } from '../client/group-by.js';
import type { ProtocolCall } from '../client/kafkajs-internals.js';

const LIST_OFFSETS_API_KEY = 2;
const LIST_OFFSETS_VERSION = 2;
const READ_UNCOMMITTED = 0;

/** Special timestamps of ListOffsets: the first offset in the log, or the offset of the next record. */
export const LOG_START = -2;
export const LOG_END = -1;

export interface ListedOffset extends TopicPartition {
  /** Kafka protocol error code; 0 is success. */
  readonly errorCode: number;
  readonly offset: number;
}

/**
 * A ListOffsets v2 call that keeps every partition's error code; kafkajs rejects the whole response for one error.
 * Source: https://kafka.apache.org/protocol#The_Messages_ListOffsets.
 */
export function listOffsetsCall(
  targets: readonly TopicPartition[],
  which: typeof LOG_START | typeof LOG_END,
): ProtocolCall<ListedOffset[]> {
  return {
    request: {
      apiKey: LIST_OFFSETS_API_KEY,
      apiVersion: LIST_OFFSETS_VERSION,
      apiName: 'ListOffsets',
      encode: async () => {
        const buffer = encodeBody(targets, which);
        return { buf: buffer, buffer };
      },
    },
    response: { decode: async (payload) => decodeResponse(payload), parse: async (answer) => answer },
  };
}

function encodeBody(targets: readonly TopicPartition[], which: number): Buffer {
  const byTopic = [...groupBy(targets, ({ topic }) => topic)].map(
    ([topic, list]) => [Buffer.from(topic, 'utf8'), list] as const,
  );
  const size = byTopic.reduce((sum, [name, list]) => sum + 6 + name.length + 12 * list.length, 9);
  const buffer = Buffer.alloc(size);
  let at = buffer.writeInt32BE(-1, 0);
  at = buffer.writeInt8(READ_UNCOMMITTED, at);
  at = buffer.writeInt32BE(byTopic.length, at);
  for (const [name, list] of byTopic) {
    at = buffer.writeInt16BE(name.length, at);
    at += name.copy(buffer, at);
    at = buffer.writeInt32BE(list.length, at);
    for (const { partition } of list) {
      at = buffer.writeInt32BE(partition, at);
      at = buffer.writeBigInt64BE(BigInt(which), at);
    }
  }
  return buffer;
}

function decodeResponse(payload: Buffer): ListedOffset[] {
  const found: ListedOffset[] = [];
  // throttle time int32
  let at = 8;
  for (let topics = payload.readInt32BE(4); topics > 0; topics--) {
    const nameBytes = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameBytes);
    at += 2 + nameBytes;
    let count = payload.readInt32BE(at);
    at += 4;
    for (; count > 0; count--, at += 22) {
      // partition int32, error int16, timestamp int64, offset int64
      const offset = readInt64(payload, at + 14);
      found.push({ topic, partition: payload.readInt32BE(at), errorCode: payload.readInt16BE(at + 4), offset });
    }
  }
  return found;
}
