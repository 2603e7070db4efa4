const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** Microseconds between the Unix epoch and Postgres's own, 2000-01-01. */
const POSTGRES_EPOCH_US = 946_684_800_000_000n;

/**
 * Builds the binary COPY format in one growing buffer. Call `row(n)` and then exactly n column methods.
 * Source: PostgreSQL documentation, COPY, "Binary Format".
 */
export class CopyWriter {
  private buffer: Buffer;
  private length: number;
  private rows = 0;

  constructor(initialBytes = 1 << 20) {
    this.buffer = Buffer.allocUnsafe(initialBytes);
    HEADER.copy(this.buffer);
    this.length = HEADER.length;
  }

  get rowCount(): number {
    return this.rows;
  }

  row(columns: number): this {
    this.rows++;
    this.reserve(2);
    this.length = this.buffer.writeInt16BE(columns, this.length);
    return this;
  }

  null(): this {
    this.reserve(4);
    this.length = this.buffer.writeInt32BE(-1, this.length);
    return this;
  }

  text(value: string): this {
    const bytes = Buffer.byteLength(value);
    this.header(bytes);
    this.length += this.buffer.write(value, this.length, 'utf8');
    return this;
  }

  bool(value: boolean): this {
    this.header(1);
    this.length = this.buffer.writeUInt8(value ? 1 : 0, this.length);
    return this;
  }

  int2(value: number): this {
    this.header(2);
    this.length = this.buffer.writeInt16BE(value, this.length);
    return this;
  }

  int4(value: number): this {
    this.header(4);
    this.length = this.buffer.writeInt32BE(value, this.length);
    return this;
  }

  int8(value: number | bigint): this {
    this.header(8);
    this.length = this.buffer.writeBigInt64BE(BigInt(value), this.length);
    return this;
  }

  float8(value: number): this {
    this.header(8);
    this.length = this.buffer.writeDoubleBE(value, this.length);
    return this;
  }

  /** An instant in milliseconds since the Unix epoch, as timestamptz. */
  instant(ms: number): this {
    this.header(8);
    this.length = this.buffer.writeBigInt64BE(BigInt(Math.round(ms * 1_000)) - POSTGRES_EPOCH_US, this.length);
    return this;
  }

  /** A one-dimensional float8[] without nulls. */
  float8Array(values: ArrayLike<number>): this {
    const FLOAT8_OID = 701;
    this.header(20 + values.length * 12);
    for (const word of [1, 0, FLOAT8_OID, values.length, 1]) this.length = this.buffer.writeInt32BE(word, this.length);
    for (let i = 0; i < values.length; i++) {
      this.length = this.buffer.writeInt32BE(8, this.length);
      this.length = this.buffer.writeDoubleBE(values[i] ?? Number.NaN, this.length);
    }
    return this;
  }

  /** A jsonb value, already serialised. */
  jsonb(json: string): this {
    const bytes = Buffer.byteLength(json) + 1;
    this.header(bytes);
    this.length = this.buffer.writeUInt8(1, this.length);
    this.length += this.buffer.write(json, this.length, 'utf8');
    return this;
  }

  /** The whole stream with its trailer. The writer is spent afterwards. */
  finish(): Buffer {
    this.reserve(2);
    this.length = this.buffer.writeInt16BE(-1, this.length);
    return this.buffer.subarray(0, this.length);
  }

  private header(bytes: number): void {
    this.reserve(4 + bytes);
    this.length = this.buffer.writeInt32BE(bytes, this.length);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}
