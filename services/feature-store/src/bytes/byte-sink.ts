const START_BYTES = 8_192;
const MAX_KEPT_BYTES = 1_048_576;

/** Texts up to this are written faster one character after the other than by a call out of JavaScript. */
const SHORT_TEXT = 40;
/** The same for bytes. */
const SHORT_PART = 120;

/** Bytes that grow as parts of a reply are added. Meant to be cleared and used again. */
export class ByteSink {
  private bytes = Buffer.allocUnsafeSlow(START_BYTES);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** Forgets what was written; memory of an unusually large use is given back. */
  clear(): void {
    this.used = 0;
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(START_BYTES);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.used++] = value;
  }

  double(value: number): void {
    this.reserve(8);
    this.used = this.bytes.writeDoubleLE(value, this.used);
  }

  /** @param value whole; negative ones take ten bytes, as protobuf's int64 does */
  varint(value: number | bigint): void {
    if (typeof value === 'bigint' || value < 0) return this.longVarint(BigInt(value));
    this.reserve(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.used++] = (rest % 0x80) | 0x80;
    this.bytes[this.used++] = rest;
  }

  text(value: string): void {
    this.reserve(value.length * 3);
    this.used += this.bytes.write(value, this.used);
  }

  /** @param value of ASCII characters only */
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

  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.used);
    this.used += value.length;
  }

  /**
   * Adds what another sink holds from `from` to before `to`; short parts without a view of them, which takes longer to
   * make than to copy.
   */
  part(source: ByteSink, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    if (length > SHORT_PART) this.bytes.set(source.bytes.subarray(from, to), this.used);
    else for (let i = 0; i < length; i++) this.bytes[this.used + i] = source.bytes[from + i] ?? 0;
    this.used += length;
  }

  /** What was written, valid until the next change. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  /** A copy of what was written. */
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
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.used + more));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }
}

/** Bytes that the varint of a whole number takes; negative ones take ten. */
export function varintLength(value: number | bigint): number {
  if (value < 0) return 10;
  let length = 1;
  for (let rest = Number(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
