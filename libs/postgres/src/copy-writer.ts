import { grownBuffer } from '@fraudflow/runtime-tuning';

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** Microseconds between the Unix epoch and Postgres's own, 2000-01-01. */
const POSTGRES_EPOCH_US = 946_684_800_000_000;
const FLOAT8_OID = 701;
const ARRAY_HEADER_BYTES = 20;
const ARRAY_ITEM_BYTES = 12;
const TWO_32 = 2 ** 32;
/** Up to this length, a loop over the characters is faster than a call into native code. */
const SHORT_TEXT = 48;
const ASCII_END = 0x80;
const MAX_UTF8_BYTES_PER_UNIT = 3;

/**
 * Builds the binary COPY format in one growing buffer. Call `row(n)`, then exactly n column methods. `take` returns the
 * bytes written so far, so that a load can be sent while it is still being encoded. Source: PostgreSQL documentation,
 * COPY, "Binary Format".
 */
export class CopyWriter {
  private buffer: Buffer;
  private view: DataView;
  private length: number;
  private rows = 0;

  constructor(private readonly initialBytes = 1 << 20) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
    this.view = viewOf(this.buffer);
    HEADER.copy(this.buffer);
    this.length = HEADER.length;
  }

  /** Number of rows begun with `row`. */
  get rowCount(): number {
    return this.rows;
  }

  /** Bytes written since the last `take`. */
  get pendingBytes(): number {
    return this.length;
  }

  /** Begins a row of `columns` columns. */
  row(columns: number): this {
    this.rows++;
    this.reserve(2);
    this.view.setInt16(this.length, columns);
    this.length += 2;
    return this;
  }

  /** A null of any type. */
  null(): this {
    this.reserve(4);
    this.view.setInt32(this.length, -1);
    this.length += 4;
    return this;
  }

  /** A text column. */
  text(value: string): this {
    const units = value.length;
    if (units > SHORT_TEXT) return this.longText(value);
    this.header(units);
    const { buffer, length } = this;
    for (let i = 0; i < units; i++) {
      const code = value.charCodeAt(i);
      if (code >= ASCII_END) {
        this.length = length - 4;
        return this.longText(value);
      }
      buffer[length + i] = code;
    }
    this.length = length + units;
    return this;
  }

  /** A boolean column. */
  bool(value: boolean): this {
    this.header(1);
    this.buffer[this.length++] = value ? 1 : 0;
    return this;
  }

  /** A smallint column. @throws RangeError for a value outside the range, which would be stored as another number */
  int2(value: number): this {
    if ((value << 16) >> 16 !== value) throw new RangeError(`${value} is not an int2`);
    this.header(2);
    this.view.setInt16(this.length, value);
    this.length += 2;
    return this;
  }

  /** An integer column. @throws RangeError for a value outside the range of int4 */
  int4(value: number): this {
    if ((value | 0) !== value) throw new RangeError(`${value} is not an int4`);
    this.header(4);
    this.view.setInt32(this.length, value);
    this.length += 4;
    return this;
  }

  /**
   * @param value a whole number; a bigint if it can exceed 2^53
   * @throws RangeError for a fraction, NaN, and a value outside the range of int8
   */
  int8(value: number | bigint): this {
    this.header(8);
    if (typeof value === 'bigint' || !Number.isSafeInteger(value)) {
      const exact = BigInt(value);
      if (BigInt.asIntN(64, exact) !== exact) throw new RangeError(`${value} is not an int8`);
      this.view.setBigInt64(this.length, exact);
    } else {
      const high = Math.floor(value / TWO_32);
      this.view.setInt32(this.length, high);
      this.view.setUint32(this.length + 4, value - high * TWO_32);
    }
    this.length += 8;
    return this;
  }

  /** A double precision column. */
  float8(value: number): this {
    this.header(8);
    this.view.setFloat64(this.length, value);
    this.length += 8;
    return this;
  }

  /** An instant in milliseconds since the Unix epoch, as timestamptz. */
  instant(ms: number): this {
    const microseconds = Math.round(ms * 1_000);
    return this.int8(
      Number.isSafeInteger(microseconds)
        ? microseconds - POSTGRES_EPOCH_US
        : BigInt(microseconds) - BigInt(POSTGRES_EPOCH_US),
    );
  }

  /** A one-dimensional float8[] without nulls. */
  float8Array(values: ArrayLike<number>): this {
    const count = values.length;
    this.header(ARRAY_HEADER_BYTES + count * ARRAY_ITEM_BYTES);
    const { view } = this;
    let at = this.length;
    view.setInt32(at, 1);
    view.setInt32(at + 4, 0);
    view.setInt32(at + 8, FLOAT8_OID);
    view.setInt32(at + 12, count);
    view.setInt32(at + 16, 1);
    at += ARRAY_HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      view.setInt32(at, 8);
      view.setFloat64(at + 4, values[i] ?? Number.NaN);
      at += ARRAY_ITEM_BYTES;
    }
    this.length = at;
    return this;
  }

  /** A jsonb value, already serialised. */
  jsonb(json: string): this {
    const bytes = Buffer.byteLength(json) + 1;
    this.header(bytes);
    this.buffer[this.length++] = 1;
    this.length += this.buffer.write(json, this.length, 'utf8');
    return this;
  }

  /** Returns the bytes written since the last call; the writer continues in a new buffer. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafeSlow(this.initialBytes);
    this.view = viewOf(this.buffer);
    this.length = 0;
    return taken;
  }

  /** Returns the remaining bytes with the trailer. The writer cannot be used afterwards. */
  finish(): Buffer {
    this.reserve(2);
    this.view.setInt16(this.length, -1);
    this.length += 2;
    return this.buffer.subarray(0, this.length);
  }

  private longText(value: string): this {
    this.reserve(4 + value.length * MAX_UTF8_BYTES_PER_UNIT);
    const bytes = this.buffer.write(value, this.length + 4, 'utf8');
    this.view.setInt32(this.length, bytes);
    this.length += 4 + bytes;
    return this;
  }

  private header(bytes: number): void {
    this.reserve(4 + bytes);
    this.view.setInt32(this.length, bytes);
    this.length += 4;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    this.buffer = grownBuffer(this.buffer, 0, this.length, bytes);
    this.view = viewOf(this.buffer);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
