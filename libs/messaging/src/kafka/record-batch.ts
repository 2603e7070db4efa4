import type { HeaderValue, OutgoingRecord } from '../port/record.js';
import { crc32c } from './crc32c.js';
import type { ProducerIdentity } from './kafkajs-internals.js';

const HEADER_BYTES = 61;
const CRC_OFFSET = 17;
const ATTRIBUTES_OFFSET = 21;

export type BatchRecord = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>;

/**
 * Encodes records as one Kafka record batch, format v2, uncompressed, not transactional, in one buffer: kafkajs's encoder
 * makes three to six small objects per field. Source: https://kafka.apache.org/documentation/#recordbatch.
 * @param createdAtMs sent as every record's time; the broker replaces it by append time on our topics.
 */
export function encodeRecordBatch(
  records: readonly BatchRecord[],
  producer: ProducerIdentity,
  firstSequence: number,
  createdAtMs: number,
): Buffer {
  const writer = new RecordWriter(HEADER_BYTES + records.length * 256);
  writer.position = HEADER_BYTES;
  records.forEach((record, index) => writer.writeRecord(record, index));
  const batch = writer.finished();
  const time = BigInt(createdAtMs);
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(0, ATTRIBUTES_OFFSET);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(time, 27);
  batch.writeBigInt64BE(time, 35);
  batch.writeBigInt64BE(BigInt(producer.producerId), 43);
  batch.writeInt16BE(producer.producerEpoch, 51);
  batch.writeInt32BE(firstSequence, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_OFFSET)), CRC_OFFSET);
  return batch;
}

/** A growing buffer that writes records with Kafka's zig-zag varints. */
class RecordWriter {
  position = 0;
  private buffer: Buffer;

  constructor(sizeHint: number) {
    this.buffer = Buffer.allocUnsafe(sizeHint);
  }

  finished(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  writeRecord(record: BatchRecord, offsetDelta: number): void {
    const headers = flatHeaders(record);
    const keyBytes = byteLength(record.key);
    const valueBytes = byteLength(record.value);
    let body = 2 + varintBytes(offsetDelta) + varintBytes(keyBytes) + varintBytes(valueBytes);
    body += Math.max(keyBytes, 0) + Math.max(valueBytes, 0) + varintBytes(headers.length / 2);
    for (const part of headers) {
      const bytes = byteLength(part);
      body += varintBytes(bytes) + Math.max(bytes, 0);
    }
    this.reserve(body + 5);
    this.writeVarint(body);
    this.buffer[this.position++] = 0;
    this.buffer[this.position++] = 0;
    this.writeVarint(offsetDelta);
    this.writeBytes(record.key, keyBytes);
    this.writeBytes(record.value, valueBytes);
    this.writeVarint(headers.length / 2);
    for (const part of headers) this.writeBytes(part, byteLength(part));
  }

  private writeBytes(value: HeaderValue, bytes: number): void {
    this.writeVarint(bytes);
    if (value === null) return;
    if (typeof value === 'string') this.buffer.write(value, this.position, bytes, 'utf8');
    else this.buffer.set(value, this.position);
    this.position += bytes;
  }

  private writeVarint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  private reserve(bytes: number): void {
    if (this.position + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(larger, 0, 0, this.position);
    this.buffer = larger;
  }
}

/** Name, value, name, value … with repeated headers spelled out. */
function flatHeaders(record: BatchRecord): HeaderValue[] {
  const flat: HeaderValue[] = [];
  for (const name in record.headers) {
    const value = record.headers[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const item of value as readonly HeaderValue[]) flat.push(name, item);
    else flat.push(name, value as HeaderValue);
  }
  return flat;
}

function byteLength(value: HeaderValue): number {
  if (value === null) return -1;
  return typeof value === 'string' ? Buffer.byteLength(value, 'utf8') : value.length;
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}
