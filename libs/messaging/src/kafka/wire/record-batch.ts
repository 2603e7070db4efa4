import { grownBuffer } from '@fraudflow/runtime-tuning';
import { type FlatHeaders, flatHeaders, type HeaderValue, type OutgoingRecord } from '../../port/record.js';
import { crc32c } from './crc32c.js';
import { requestBuffers } from './request-buffers.js';
import type { ProducerIdentity } from '../client/kafkajs-internals.js';

const HEADER_BYTES = 61;
const CRC_OFFSET = 17;
const ATTRIBUTES_OFFSET = 21;
const MAX_VARINT_BYTES = 5;
const SHORT_TEXT = 64;
const INITIAL_BYTES = 64 * 1024;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

export type BatchRecord = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>;

/**
 * Encodes records as one Kafka record batch (format v2, uncompressed, not transactional) in one buffer: kafkajs's
 * encoder creates three to six small objects per field. Source: https://kafka.apache.org/documentation/#recordbatch.
 * @param createdAtMs sent as every record's time; the broker replaces it by the append time on internal topics
 * @returns a buffer of `requestBuffers`, to be given back
 */
export function encodeRecordBatch(
  records: readonly BatchRecord[],
  producer: ProducerIdentity,
  firstSequence: number,
  createdAtMs: number,
): Buffer {
  writer.begin();
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

/** A growing buffer, reused for every batch, that writes records with Kafka's zig-zag varints. */
class RecordWriter {
  private position = 0;
  private buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);

  begin(): void {
    this.position = HEADER_BYTES;
    if (this.buffer.length > MAX_KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  /** A copy of the written bytes. */
  finished(): Buffer {
    const batch = requestBuffers.take(this.position);
    this.buffer.copy(batch, 0, 0, this.position);
    return batch;
  }

  /** Writes the record after a gap for its length, which is known only at the end, and then closes the gap. */
  writeRecord(record: BatchRecord, offsetDelta: number): void {
    const headers = flatHeaders(record.headers);
    this.reserve(record, headers);
    const start = this.position;
    const bodyAt = start + MAX_VARINT_BYTES;
    this.position = bodyAt;
    this.buffer[this.position++] = 0;
    this.buffer[this.position++] = 0;
    this.writeVarint(offsetDelta);
    this.writeValue(record.key);
    this.writeValue(record.value);
    this.writeVarint(headers.length / 2);
    for (let i = 0; i < headers.length; i++) this.writeValue(headers[i] as HeaderValue);
    const end = this.position;
    this.position = start;
    this.writeVarint(end - bodyAt);
    this.buffer.copyWithin(this.position, bodyAt, end);
    this.position += end - bodyAt;
  }

  /** Writes length and bytes. */
  private writeValue(value: HeaderValue): void {
    if (value === null) return this.writeVarint(-1);
    if (typeof value === 'string') return this.writeText(value);
    this.writeVarint(value.length);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }

  private writeText(text: string): void {
    const start = this.position;
    // Most text is ASCII, with one byte per character.
    this.writeVarint(text.length);
    const at = this.position;
    const bytes =
      text.length <= SHORT_TEXT && this.writeAscii(text) ? text.length : this.buffer.write(text, at, 'utf8');
    if (bytes !== text.length) {
      const length = varintBytes(bytes);
      this.buffer.copyWithin(start + length, at, at + bytes);
      this.position = start;
      this.writeVarint(bytes);
    }
    this.position += bytes;
  }

  /**
   * Copies a short text character by character, which is faster than a call into native code. False if it is not ASCII.
   */
  private writeAscii(text: string): boolean {
    const { buffer, position } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[position + i] = code;
    }
    return true;
  }

  private writeVarint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.position++] = rest;
  }

  /** Reserves the maximum size of the record: at most three bytes per character (a surrogate pair takes four). */
  private reserve(record: BatchRecord, headers: FlatHeaders): void {
    let bytes = MAX_VARINT_BYTES * 6 + maxBytesOf(record.key) + maxBytesOf(record.value);
    for (let i = 0; i < headers.length; i++) bytes += MAX_VARINT_BYTES + maxBytesOf(headers[i] as HeaderValue);
    if (this.position + bytes <= this.buffer.length) return;
    this.buffer = grownBuffer(this.buffer, 0, this.position, bytes);
  }
}

/** Shared, because encoding is synchronous and new buffers cause garbage collection. */
const writer = new RecordWriter();

function maxBytesOf(value: HeaderValue): number {
  if (value === null) return 0;
  return typeof value === 'string' ? value.length * 3 : value.length;
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}
