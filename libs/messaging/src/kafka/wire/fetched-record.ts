import type { HeaderValue, RawRecord, RecordHeaders } from '../../port/record.js';
import { unreadable } from './compression.js';

const MAX_VARINT_SHIFT = 28;
const MAX_VARLONG_SHIFT = 63;

/** Position of the varint reader, shared by all records because decoding is synchronous. */
const cursor = { at: 0 };

/** Base values of the relative numbers in a batch's records. */
export interface BatchTimes {
  readonly baseOffset: number;
  /** Time of the first record, or the append time of all records if `timesAreDeltas` is false. */
  readonly timeMs: number;
  readonly timesAreDeltas: boolean;
}

/**
 * A record inside a fetched batch. Stores positions instead of copies: key, value and headers are slices of the batch's
 * bytes, created on demand because most readers need the value and one or two headers.
 */
export class FetchedRecord implements RawRecord {
  offset = 0;
  appendedAtMs = 0;
  private keyAt = 0;
  private keyBytes = 0;
  private valueAt = 0;
  private valueBytes = 0;
  private parsed: RecordHeaders | undefined = undefined;

  constructor(private readonly bytes: Buffer) {}

  /**
   * Reads the positions of the record at `at` and returns the position of the next record.
   * Source: https://kafka.apache.org/documentation/#record.
   * @throws AppError failed_precondition (RECORDS_UNREADABLE) if its parts exceed its bounds
   */
  readAt(at: number, batch: BatchTimes): number {
    const { bytes } = this;
    cursor.at = at;
    const length = readVarint(bytes);
    const next = cursor.at + length;
    // attributes int8
    cursor.at++;
    const timeDelta = readVarlong(bytes);
    this.appendedAtMs = batch.timesAreDeltas ? batch.timeMs + timeDelta : batch.timeMs;
    this.offset = batch.baseOffset + readVarint(bytes);
    this.keyBytes = readVarint(bytes);
    this.keyAt = cursor.at;
    cursor.at += Math.max(this.keyBytes, 0);
    this.valueBytes = readVarint(bytes);
    this.valueAt = cursor.at;
    if (next > bytes.length || this.headersAt > next) throw unreadable(`a record ends outside its batch`);
    return next;
  }

  get key(): Buffer | null {
    return this.keyBytes < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyBytes);
  }

  get value(): Buffer | null {
    return this.valueBytes < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueBytes);
  }

  get headers(): RecordHeaders {
    return (this.parsed ??= this.parseHeaders());
  }

  /** The last value of a header as text, without parsing the others; undefined if absent or null. */
  headerText(name: string): string | undefined {
    const { bytes } = this;
    cursor.at = this.headersAt;
    let found: string | undefined;
    for (let left = readVarint(bytes); left > 0; left--) {
      const nameBytes = readVarint(bytes);
      const nameAt = cursor.at;
      cursor.at += nameBytes;
      const valueBytes = readVarint(bytes);
      const valueAt = cursor.at;
      cursor.at += Math.max(valueBytes, 0);
      if (nameBytes === name.length && isAt(bytes, nameAt, name)) {
        found = valueBytes < 0 ? undefined : bytes.toString('utf8', valueAt, valueAt + valueBytes);
      }
    }
    return found;
  }

  private get headersAt(): number {
    return this.valueAt + Math.max(this.valueBytes, 0);
  }

  private parseHeaders(): RecordHeaders {
    const { bytes } = this;
    // No prototype, because `__proto__` and `constructor` are valid header names.
    const headers = Object.create(null) as Record<string, HeaderValue | HeaderValue[]>;
    cursor.at = this.headersAt;
    for (let left = readVarint(bytes); left > 0; left--) {
      const name = cut(bytes, readVarint(bytes))?.toString('utf8') ?? '';
      const value = cut(bytes, readVarint(bytes));
      const known = headers[name];
      if (known === undefined) headers[name] = value;
      else if (Array.isArray(known)) known.push(value);
      else headers[name] = [known, value];
    }
    return headers;
  }
}

function cut(bytes: Buffer, length: number): Buffer | null {
  if (length < 0) return null;
  const from = cursor.at;
  cursor.at += length;
  return bytes.subarray(from, from + length);
}

function isAt(bytes: Buffer, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return true;
}

/**
 * Reads a zig-zag varint of 32 bits.
 * @throws AppError failed_precondition if it is too long, which includes reading past the end of the buffer
 */
function readVarint(bytes: Buffer): number {
  let raw = 0;
  for (let shift = 0; shift <= MAX_VARINT_SHIFT; shift += 7) {
    const byte = bytes[cursor.at++] as number;
    raw |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
  }
  throw unreadable('a varint without an end');
}

/** Reads a zig-zag varint of up to 64 bits, exact below 2^53. @throws as readVarint */
function readVarlong(bytes: Buffer): number {
  let raw = 0;
  let factor = 1;
  for (let shift = 0; shift <= MAX_VARLONG_SHIFT; shift += 7) {
    const byte = bytes[cursor.at++] as number;
    raw += (byte & 0x7f) * factor;
    if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    factor *= 128;
  }
  throw unreadable('a varint without an end');
}
