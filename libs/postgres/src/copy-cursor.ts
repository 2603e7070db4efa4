import { AppError } from '@fraudflow/core';
import type { TextPool } from './text-pool.js';

/** Microseconds between the Unix epoch and Postgres's own, 2000-01-01. */
const POSTGRES_EPOCH_US = 946_684_800_000_000;
const HEADER_BYTES = 19;
const TRAILER = -1;
const ARRAY_HEADER_BYTES = 20;
const ARRAY_ITEM_BYTES = 12;
const TWO_32 = 2 ** 32;
const NO_BYTES = Buffer.alloc(0);

/**
 * Incremental reader of the binary COPY format: `push` a chunk, then call `next` until it returns false. Within a row,
 * call one column method per column, in column order. Source: PostgreSQL documentation, COPY, "Binary Format".
 */
export class CopyCursor {
  private bytes: Buffer = NO_BYTES;
  private view = viewOf(NO_BYTES);
  private at = 0;
  private headerSeen = false;
  private isDone = false;

  /** Adds a chunk and keeps the unread rest of the previous one. Call `next` again afterwards. */
  push(piece: Buffer): void {
    const rest = this.bytes.subarray(this.at);
    this.bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    this.view = viewOf(this.bytes);
    this.at = 0;
  }

  /** True once the trailer was read, so the server has sent all rows. */
  get done(): boolean {
    return this.isDone;
  }

  /** Moves to the next row; false if it has not arrived completely or if there is none. */
  next(): boolean {
    if (!this.headerSeen && !this.readHeader()) return false;
    if (this.isDone || this.bytes.length - this.at < 2) return false;
    const columns = this.view.getInt16(this.at);
    if (columns === TRAILER) {
      this.isDone = true;
      return false;
    }
    if (!this.isWhole(columns)) return false;
    this.at += 2;
    return true;
  }

  /** True if the column is null; the cursor then skips it. Otherwise read the column with its type's method. */
  isNull(): boolean {
    if (this.view.getInt32(this.at) >= 0) return false;
    this.at += 4;
    return true;
  }

  /** A text column. @throws AppError assertion_failed if it is null, as all column methods below */
  text(): string {
    const end = this.field();
    const start = this.at;
    this.at = end;
    return this.bytes.toString('utf8', start, end);
  }

  /** A text column whose values repeat from row to row, such as an entity id. */
  pooledText(pool: TextPool): string {
    const end = this.field();
    const start = this.at;
    this.at = end;
    return pool.decode(this.bytes, start, end);
  }

  /** A boolean column. */
  bool(): boolean {
    this.field();
    return this.bytes[this.at++] === 1;
  }

  /** A smallint column. */
  int2(): number {
    this.field();
    this.at += 2;
    return this.view.getInt16(this.at - 2);
  }

  /** An integer column. */
  int4(): number {
    this.field();
    this.at += 4;
    return this.view.getInt32(this.at - 4);
  }

  /** A bigint column as a number; exact within ±2^53. */
  int8(): number {
    this.field();
    this.at += 8;
    return this.view.getInt32(this.at - 8) * TWO_32 + this.view.getUint32(this.at - 4);
  }

  /** A double precision column. */
  float8(): number {
    this.field();
    this.at += 8;
    return this.view.getFloat64(this.at - 8);
  }

  /** A timestamptz in milliseconds since the Unix epoch; exact for whole milliseconds up to the year 2255. */
  instantMs(): number {
    return (this.int8() + POSTGRES_EPOCH_US) / 1_000;
  }

  /** A one-dimensional float8[] without nulls, as a new array. */
  float8Array(): Float64Array {
    const values = new Float64Array(this.float8Count());
    this.float8ArrayInto(values);
    return values;
  }

  /** Number of elements of the float8[] in the current column; does not move the cursor. */
  float8Count(): number {
    const bytes = this.view.getInt32(this.at);
    return Math.max(0, (bytes - ARRAY_HEADER_BYTES) / ARRAY_ITEM_BYTES);
  }

  /** Copies a one-dimensional float8[] without nulls to the start of `values`, which must be long enough. */
  float8ArrayInto(values: Float64Array): void {
    const count = this.float8Count();
    const end = this.field();
    const { view } = this;
    let at = this.at + ARRAY_HEADER_BYTES + 4;
    for (let i = 0; i < count; i++) {
      values[i] = view.getFloat64(at);
      at += ARRAY_ITEM_BYTES;
    }
    this.at = end;
  }

  /** Moves to the bytes of a column that is not null; returns the offset of its end. */
  private field(): number {
    const length = this.view.getInt32(this.at);
    if (length < 0) throw new AppError('assertion_failed', 'a column that must not be null is null');
    this.at += 4;
    return this.at + length;
  }

  private readHeader(): boolean {
    if (this.bytes.length < HEADER_BYTES) return false;
    this.at = HEADER_BYTES;
    this.headerSeen = true;
    return true;
  }

  private isWhole(columns: number): boolean {
    const { view } = this;
    const end = this.bytes.length;
    let at = this.at + 2;
    for (let column = 0; column < columns; column++) {
      if (at + 4 > end) return false;
      at += 4 + Math.max(0, view.getInt32(at));
    }
    return at <= end;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
