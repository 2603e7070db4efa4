const FIRST_BYTES = 64 * 1024;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NULL = Buffer.from('null');
/** Hundredths below this have at most 15 digits, so no other number prints as the same text. */
const MAX_HUNDREDTHS = 1e15;
/** Digits of a whole number below it fit the reserved bytes. */
const MAX_INTEGER = 1e15;
const MAX_NUMBER_BYTES = 32;

/**
 * Writes JSON into bytes that are used again: texts put together from strings leave a rope of small objects behind,
 * which the garbage collector copies about for as long as the batch is on its way. Values are valid until the next
 * `reset`.
 */
export class JsonBytes {
  private buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;
  private start = 0;

  /** Frees the whole buffer: do not read values written before. */
  reset(): void {
    this.at = 0;
    this.start = 0;
  }

  /** What was written since the last call. */
  take(): Buffer {
    const value = this.buffer.subarray(this.start, this.at);
    this.start = this.at;
    return value;
  }

  copy(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.reserve(to - from);
    if (to - from > MAX_NUMBER_BYTES) {
      this.buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.at);
      this.at += to - from;
      return;
    }
    for (let i = from; i < to; i++) this.buffer[this.at++] = bytes[i] as number;
  }

  /** As JSON.stringify writes it: null unless finite. */
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
    // Values already taken keep the old bytes; only the one being written moves.
    const written = this.at - this.start;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, written + bytes));
    this.buffer.copy(larger, 0, this.start, this.at);
    this.buffer = larger;
    this.start = 0;
    this.at = written;
  }
}
