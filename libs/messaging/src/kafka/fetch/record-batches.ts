import { AppError } from '@fraudflow/core';
import type { RawRecord } from '../../port/record.js';
import { decompress, unreadable } from '../wire/compression.js';
import { crc32c } from '../wire/crc32c.js';
import { type AbortedTransaction, readInt64 } from '../calls/fetch-call.js';
import { FetchedRecord } from '../wire/fetched-record.js';

const HEADER_BYTES = 61;
/** Bytes of the base offset and the length, which the length field does not count. */
const PREFIX_BYTES = 12;
const MAGIC = 2;
const COMPRESSION_MASK = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const ABORT_MARKER = 0;

export interface DecodedBatches {
  /** In offset order, without control records and records of aborted transactions. */
  readonly records: readonly RawRecord[];
  /** Offset after the last complete batch; `fromOffset` if there is none. */
  readonly nextOffset: number;
}

/**
 * Decodes the record batches (format v2) of a fetch from `fromOffset` on. An incomplete last batch is skipped: the next
 * fetch returns it again. Aborted transactions are filtered as in Kafka's consumer: those that begin at or before a
 * batch's last offset are open until their marker.
 * Source: https://kafka.apache.org/documentation/#recordbatch.
 * @throws AppError failed_precondition (RECORDS_UNREADABLE) for unsupported formats and codecs, and for damaged bytes
 */
export function decodeRecordBatches(
  bytes: Buffer,
  fromOffset: number,
  aborted: readonly AbortedTransaction[],
): DecodedBatches {
  const hidden = new AbortedRanges(aborted);
  const records: RawRecord[] = [];
  let nextOffset = fromOffset;
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + PREFIX_BYTES + bytes.readInt32BE(at + 8);
    if (end < at + HEADER_BYTES) throw unreadable(`a batch of ${end - at} bytes`);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    const lastOffset = readInt64(batch, 0) + batch.readInt32BE(23);
    if (!hidden.hides(batch, lastOffset)) readBatch(batch, fromOffset, records);
    nextOffset = Math.max(nextOffset, lastOffset + 1);
    at = end;
  }
  return { records, nextOffset };
}

/** Tracks which aborted transactions are open while the batches are read in order. */
class AbortedRanges {
  private readonly pending: readonly AbortedTransaction[];
  private readonly open = new Set<number>();
  private begun = 0;

  constructor(aborted: readonly AbortedTransaction[]) {
    this.pending = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** True for control batches and batches of an aborted transaction. Call it in the order of the log. */
  hides(batch: Buffer, lastOffset: number): boolean {
    const producerId = readInt64(batch, 43);
    for (let next = this.pending[this.begun]; next && next.firstOffset <= lastOffset; next = this.pending[this.begun]) {
      this.open.add(next.producerId);
      this.begun++;
    }
    const attributes = batch.readInt16BE(21);
    if ((attributes & CONTROL) === 0) return (attributes & TRANSACTIONAL) !== 0 && this.open.has(producerId);
    if (isAbortMarker(batch)) this.open.delete(producerId);
    return true;
  }
}

function readBatch(batch: Buffer, fromOffset: number, into: RawRecord[]): void {
  if (batch[16] !== MAGIC) throw unreadable(`message format ${String(batch[16])}; Kafka 0.11 and later write 2`);
  const baseOffset = readInt64(batch, 0);
  if (crc32c(batch.subarray(ATTRIBUTES_AT)) !== batch.readUInt32BE(CRC_AT))
    throw unreadable(`the batch at offset ${baseOffset} fails its checksum`);
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const timesAreDeltas = (attributes & APPEND_TIME) === 0;
  const timeMs = readInt64(batch, timesAreDeltas ? 27 : 35);
  const lastOffset = baseOffset + batch.readInt32BE(23);
  const packed = batch.subarray(HEADER_BYTES);
  let body;
  try {
    body = decompress(packed, attributes & COMPRESSION_MASK);
  } catch (thrown) {
    if (!isTooLarge(thrown)) throw thrown;
    return void into.push(standIn(packed, lastOffset, timeMs, thrown));
  }
  const times = { baseOffset, timeMs, timesAreDeltas };
  const count = batch.readInt32BE(57);
  for (let i = 0, at = 0; i < count; i++) {
    const record = new FetchedRecord(body);
    at = record.readAt(at, times);
    if (record.offset >= fromOffset) into.push(record);
  }
}

function isTooLarge(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && thrown.code === 'BATCH_TOO_LARGE';
}

/**
 * One record that represents a whole batch that is too large to unpack, so that it is dead-lettered instead of blocking
 * the partition.
 */
function standIn(packed: Buffer, offset: number, appendedAtMs: number, unreadableBecause: AppError): RawRecord {
  return { offset, key: null, value: packed, headers: {}, appendedAtMs, unreadableBecause };
}

function isAbortMarker(batch: Buffer): boolean {
  const marker = new FetchedRecord(batch.subarray(HEADER_BYTES));
  marker.readAt(0, { baseOffset: 0, timeMs: 0, timesAreDeltas: false });
  // Control record key: version int16, type int16.
  return marker.key?.readInt16BE(2) === ABORT_MARKER;
}
