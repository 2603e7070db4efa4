import { grownBuffer } from './grown-buffer.js';

const FIRST_BYTES = 64 * 1024;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NULL = Buffer.from('null');
/** Hundredths below this have at most 15 digits, so no other number prints as the same text. */
const MAX_HUNDREDTHS = 1e15;
/** The digits of a whole number below this fit into `MAX_NUMBER_BYTES`. */
const MAX_INTEGER = 1e15;
const MAX_NUMBER_BYTES = 32;

/**
 * Writes many JSON values of one batch into one reused buffer. Concatenated strings would leave a tree of small objects
 * per value, which the garbage collector copies while the batch is in flight.
 *
 * It differs from `ByteWriter` in that values stay valid until `reset`: `take` ends a value, and growth moves only the
 * unfinished one and leaves the earlier ones in the old buffer.
 */
export class JsonBytes {
  private buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;
  private start = 0;

  /** Begins a new batch. Values taken before must not be read any more. */
  reset(): void {
    this.at = 0;
    this.start = 0;
  }

  /** The value written since the last call, valid until `reset`. */
  take(): Buffer {
    const value = this.buffer.subarray(this.start, this.at);
    this.start = this.at;
    return value;
  }

  /** A copy of the bytes [from, to). */
  copy(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.reserve(to - from);
    if (to - from > MAX_NUMBER_BYTES) {
      this.buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.at);
      this.at += to - from;
      return;
    }
    for (let i = from; i < to; i++) this.buffer[this.at++] = bytes[i] as number;
  }

  /** A number as `JSON.stringify` writes it; null unless it is finite. */
  number(value: number): void {
    this.reserve(MAX_NUMBER_BYTES);
    if (!Number.isFinite(value)) return this.copy(NULL);
    const whole = Math.trunc(value);
    if (whole === value && Math.abs(value) < MAX_INTEGER) return this.integer(value);
    const hundredths = Math.round(value * 100);
    if (hundredths / 100 === value && Math.abs(hundredths) < MAX_HUNDREDTHS) return this.decimal(hundredths);
    const text = String(value);
    for (let i = 0; i < text.length; i++) this.buffer[this.at++] = text.charCodeAt(i);
  }

  /** Minus zero is written as JSON.stringify does: without its sign. */
  private integer(value: number): void {
    if (value < 0) this.buffer[this.at++] = MINUS;
    this.digits(Math.abs(value));
  }

  private decimal(hundredths: number): void {
    if (hundredths < 0) this.buffer[this.at++] = MINUS;
    const rest = Math.abs(hundredths) % 100;
    this.digits((Math.abs(hundredths) - rest) / 100);
    this.buffer[this.at++] = POINT;
    this.buffer[this.at++] = ZERO + Math.floor(rest / 10);
    if (rest % 10 !== 0) this.buffer[this.at++] = ZERO + (rest % 10);
  }

  private digits(value: number): void {
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    let rest = value;
    for (let at = this.at + count - 1; at >= this.at; at--) {
      const next = Math.floor(rest / 10);
      this.buffer[at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.at += count;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    this.buffer = grownBuffer(this.buffer, this.start, this.at, bytes);
    this.at -= this.start;
    this.start = 0;
  }
}
