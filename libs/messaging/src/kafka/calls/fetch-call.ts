import type { EncodedBody } from '@fraudflow/runtime-tuning';
import { groupBy } from '../client/group-by.js';
import type { ProtocolCall } from '../client/kafkajs-internals.js';

const FETCH_API_KEY = 1;
const FETCH_VERSION = 11;
const READ_COMMITTED = 1;
const NO_SESSION_EPOCH = -1;

/** One partition to read from, in a fetch. */
export interface FetchTarget {
  readonly topic: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** An aborted transaction: its records start at `firstOffset` and end with its abort marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** The part of a fetch response for one partition; the record batches are not decoded yet. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka protocol error code; 0 is success. */
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/**
 * A Fetch v11 call without a fetch session that reads committed records only. Its response keeps record batches as
 * bytes: kafkajs decodes every field of every record into separate objects, which costs more than the rest of
 * consuming.
 * Source: https://kafka.apache.org/protocol#The_Messages_Fetch.
 */
export function fetchCall(targets: readonly FetchTarget[], limits: FetchLimits): ProtocolCall<FetchedPartition[]> {
  return {
    request: {
      apiKey: FETCH_API_KEY,
      apiVersion: FETCH_VERSION,
      apiName: 'Fetch',
      encode: async () => encodeBody(targets, limits),
    },
    response: { decode: async (payload) => decodeResponse(payload), parse: async (answer) => answer },
  };
}

function encodeBody(targets: readonly FetchTarget[], { maxWaitMs, minBytes, maxBytes }: FetchLimits): EncodedBody {
  const byTopic = [...groupBy(targets, (target) => target.topic)].map(
    ([topic, list]) => [Buffer.from(topic, 'utf8'), list] as const,
  );
  const size = byTopic.reduce((sum, [name, list]) => sum + 6 + name.length + list.length * 28, 35);
  const buffer = Buffer.alloc(size);
  buffer.writeInt32BE(-1, 0);
  buffer.writeInt32BE(maxWaitMs, 4);
  buffer.writeInt32BE(minBytes, 8);
  buffer.writeInt32BE(maxBytes, 12);
  buffer.writeInt8(READ_COMMITTED, 16);
  buffer.writeInt32BE(0, 17);
  buffer.writeInt32BE(NO_SESSION_EPOCH, 21);
  let at = buffer.writeInt32BE(byTopic.length, 25);
  for (const [name, list] of byTopic) {
    at = buffer.writeInt16BE(name.length, at);
    at += name.copy(buffer, at);
    at = buffer.writeInt32BE(list.length, at);
    for (const target of list) at = writeTarget(buffer, at, target);
  }
  // No topics to forget and no rack: both are zero already.
  return { buf: buffer, buffer };
}

function writeTarget(buffer: Buffer, from: number, target: FetchTarget): number {
  let at = buffer.writeInt32BE(target.partition, from);
  at = buffer.writeInt32BE(-1, at);
  at = buffer.writeBigInt64BE(BigInt(target.fetchOffset), at);
  at = buffer.writeBigInt64BE(-1n, at);
  return buffer.writeInt32BE(target.maxBytes, at);
}

function decodeResponse(payload: Buffer): FetchedPartition[] {
  const found: FetchedPartition[] = [];
  // throttle time int32, error int16, session id int32
  let at = 10;
  for (let topics = payload.readInt32BE(at), read = (at += 4); topics > 0; topics--, read = at) {
    const nameBytes = payload.readInt16BE(read);
    const topic = payload.toString('utf8', read + 2, read + 2 + nameBytes);
    at = read + 2 + nameBytes;
    let count = payload.readInt32BE(at);
    at += 4;
    for (; count > 0; count--) at = readPartition(payload, at, topic, found);
  }
  return found;
}

function readPartition(payload: Buffer, from: number, topic: string, into: FetchedPartition[]): number {
  const abortedCount = Math.max(0, payload.readInt32BE(from + 30));
  const aborted: AbortedTransaction[] = [];
  let at = from + 34;
  for (let i = 0; i < abortedCount; i++, at += 16) {
    aborted.push({ producerId: readInt64(payload, at), firstOffset: readInt64(payload, at + 8) });
  }
  // preferred read replica int32
  const bytes = Math.max(0, payload.readInt32BE(at + 4));
  at += 8;
  into.push({
    topic,
    partition: payload.readInt32BE(from),
    errorCode: payload.readInt16BE(from + 4),
    highWatermark: readInt64(payload, from + 6),
    logStartOffset: readInt64(payload, from + 22),
    aborted,
    records: payload.subarray(at, at + bytes),
  });
  return at + bytes;
}

/** Reads a signed 64-bit integer. Exact below 2^53, which offsets and producer ids do not reach in practice. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
