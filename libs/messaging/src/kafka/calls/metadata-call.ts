import type { ProtocolCall } from '../client/kafkajs-internals.js';

const METADATA_API_KEY = 3;
/** The first version with topic ids (Kafka 2.8). */
export const TOPIC_ID_VERSION = 10;
const UUID_BYTES = 16;

/** The current identity of a topic on a broker. */
export interface TopicIdentity {
  readonly topic: string;
  /** Kafka protocol error code; 0 is success. */
  readonly errorCode: number;
  /** The topic's UUID in base64url: it changes when the topic is deleted and created again. */
  readonly id: string;
}

/**
 * A Metadata v10 call that returns topic ids: kafkajs supports versions up to 6, which have none. Versions from 9 on
 * are "flexible": lengths are varints plus one, and each structure ends in tagged fields.
 * Source: https://kafka.apache.org/protocol#The_Messages_Metadata.
 */
export function topicIdentitiesCall(topics: readonly string[]): ProtocolCall<TopicIdentity[]> {
  return {
    request: {
      apiKey: METADATA_API_KEY,
      apiVersion: TOPIC_ID_VERSION,
      apiName: 'Metadata',
      encode: async () => {
        const buffer = encodeBody(topics);
        return { buf: buffer, buffer };
      },
    },
    response: { decode: async (payload) => decodeResponse(payload), parse: async (answer) => answer },
  };
}

function encodeBody(topics: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0]), uvarint(topics.length + 1)];
  for (const topic of topics) {
    const name = Buffer.from(topic, 'utf8');
    parts.push(Buffer.alloc(UUID_BYTES), uvarint(name.length + 1), name, Buffer.from([0]));
  }
  // No creation, no authorised operations of cluster and topics, no tagged fields.
  parts.push(Buffer.from([0, 0, 0, 0]));
  return Buffer.concat(parts);
}

function decodeResponse(payload: Buffer): TopicIdentity[] {
  const reader = new FlexibleReader(payload);
  reader.skipTags();
  // throttle time
  reader.skip(4);
  reader.each(() => {
    reader.skip(4);
    reader.text();
    reader.skip(4);
    reader.text();
    reader.skipTags();
  });
  // cluster id, controller id
  reader.text();
  reader.skip(4);
  const found: TopicIdentity[] = [];
  reader.each(() => {
    const errorCode = reader.int16();
    const topic = reader.text();
    found.push({ topic, errorCode, id: reader.bytes(UUID_BYTES).toString('base64url') });
    reader.skip(1);
    reader.each(() => reader.skipPartition());
    reader.skip(4);
    reader.skipTags();
  });
  return found;
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Reads a response of a flexible version sequentially. */
class FlexibleReader {
  private at = 0;

  constructor(private readonly payload: Buffer) {}

  skip(bytes: number): void {
    this.at += bytes;
  }

  int16(): number {
    const value = this.payload.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  bytes(length: number): Buffer {
    this.at += length;
    return this.payload.subarray(this.at - length, this.at);
  }

  /** Reads a string; empty for null. */
  text(): string {
    return this.bytes(Math.max(0, this.uvarint() - 1)).toString('utf8');
  }

  each(read: () => void): void {
    for (let left = this.uvarint() - 1; left > 0; left--) read();
  }

  skipTags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.skip(this.uvarint());
    }
  }

  skipPartition(): void {
    // error int16, partition int32, leader int32, leader epoch int32; replicas, in-sync and offline ones
    this.skip(14);
    for (let list = 0; list < 3; list++) this.each(() => this.skip(4));
    this.skipTags();
  }

  private uvarint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.payload.readUInt8(this.at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a metadata response with a varint without an end');
  }
}
