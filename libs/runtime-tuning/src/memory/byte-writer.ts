import { grownBuffer } from './grown-buffer.js';

const START_BYTES = 8_192;
const MAX_KEPT_BYTES = 1_048_576;

/** Up to this length, a loop over the characters is faster than a call into native code. */
const SHORT_TEXT = 40;
/** Up to this length, a loop over the bytes is faster than a view of them and a native copy. */
const SHORT_PART = 120;

/**
 * Growing buffer for one message at a time: write it, read it with `view` or `toBuffer`, then `clear` the writer for
 * the next one. Reuse keeps the bytes of messages out of V8's accounting of external memory.
 */
export class ByteWriter {
  private bytes = Buffer.allocUnsafeSlow(START_BYTES);
  private used = 0;

  /** Bytes written since the last `clear`. */
  get length(): number {
    return this.used;
  }

  /** Discards the message. Memory above 1 MiB is released. */
  clear(): void {
    this.used = 0;
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(START_BYTES);
  }

  /** One byte. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.used++] = value;
  }

  /** A double, little-endian. */
  double(value: number): void {
    this.reserve(8);
    this.used = this.bytes.writeDoubleLE(value, this.used);
  }

  /**
   * A varint of protobuf's int64.
   * @param value a whole number; a negative one takes ten bytes
   */
  varint(value: number | bigint): void {
    if (typeof value === 'bigint' || value < 0) return this.longVarint(BigInt(value));
    this.reserve(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.used++] = (rest % 0x80) | 0x80;
    this.bytes[this.used++] = rest;
  }

  /** A text as UTF-8. */
  text(value: string): void {
    this.reserve(value.length * 3);
    this.used += this.bytes.write(value, this.used);
  }

  /**
   * A text that is certainly ASCII.
   * @param value ASCII characters only; others are written wrongly
   */
  ascii(value: string): void {
    const { length } = value;
    this.reserve(length);
    if (length > SHORT_TEXT) {
      this.used += this.bytes.write(value, this.used, length, 'latin1');
      return;
    }
    const { bytes } = this;
    let at = this.used;
    for (let i = 0; i < length; i++) bytes[at++] = value.charCodeAt(i);
    this.used = at;
  }

  /** A copy of these bytes. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.used);
    this.used += value.length;
  }

  /** A copy of the bytes [from, to) of another writer. */
  part(source: ByteWriter, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    if (length > SHORT_PART) this.bytes.set(source.bytes.subarray(from, to), this.used);
    else for (let i = 0; i < length; i++) this.bytes[this.used + i] = source.bytes[from + i] ?? 0;
    this.used += length;
  }

  /** The written bytes, valid until the next write or `clear`. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  /** A copy of the written bytes. */
  toBuffer(): Buffer {
    return Buffer.from(this.view());
  }

  private longVarint(value: bigint): void {
    this.reserve(10);
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.bytes[this.used++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.used++] = Number(rest);
  }

  private reserve(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    this.bytes = grownBuffer(this.bytes, 0, this.used, more);
  }
}

/** Length in bytes, 1 to 10, of the varint of a whole number; 10 for a negative one. */
export function varintLength(value: number | bigint): number {
  if (value < 0) return 10;
  let length = 1;
  for (let rest = Number(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
