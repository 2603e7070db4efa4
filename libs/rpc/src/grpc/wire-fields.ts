/** A field of an encoded protobuf message. */
export interface WireField {
  readonly number: number;
  /** Value of a varint; 0 for other wire types. Values beyond 2^53 lose precision. */
  readonly value: number;
  /** Content of a length-delimited field. */
  readonly bytes: Buffer | undefined;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The fields of an encoded message in order. Ends early at malformed bytes; the decoder reports those. */
export function* wireFields(bytes: Buffer): Generator<WireField> {
  const cursor = new WireCursor(bytes);
  while (cursor.next()) yield { number: cursor.number, value: cursor.value, bytes: cursor.content() };
}

/** Iterates over the fields of an encoded message without allocating. */
export class WireCursor {
  /** Number of the current field. */
  number = 0;
  value = 0;
  /** Range of a length-delimited field's content; `from` is −1 for another field. */
  from = -1;
  until = -1;
  private at: number;

  constructor(
    private readonly bytes: Buffer,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.at = start;
  }

  /** Moves to the next field. @returns false at the end, or where the bytes are malformed. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    if (!(tag >= 0)) return false;
    this.number = Math.floor(tag / 8);
    this.value = 0;
    this.from = -1;
    return this.skipValue(tag % 8);
  }

  content(): Buffer | undefined {
    return this.from < 0 ? undefined : this.bytes.subarray(this.from, this.until);
  }

  private skipValue(wireType: number): boolean {
    if (wireType === VARINT) return (this.value = this.varint()) >= 0;
    if (wireType === FIXED64) return (this.at += 8) <= this.end;
    if (wireType === FIXED32) return (this.at += 4) <= this.end;
    if (wireType !== LENGTH_DELIMITED) return false;
    const length = this.varint();
    this.from = this.at;
    this.until = this.at + length;
    this.at = this.until;
    return length >= 0 && this.until <= this.end;
  }

  /** @returns NaN if the varint is truncated or too long. Values beyond 2^53 lose precision. */
  private varint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10 && this.at < this.end; count++, factor *= 128) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  }
}
