const INITIAL_BYTES = 4_096;
const BYTE_MAX = 0xff;
const SHORT_MAX = 0xffff;
const WORD_MAX = 0xffffffff;

/** Width in bytes of a column of whole numbers stored as distances from its least. */
export type ColumnWidth = 1 | 2 | 4 | 8;

/** Grows as it is written; little-endian. Reused between encodings, as it never leaves them. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  reset(): void {
    this.#length = 0;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /**
   * A column of whole numbers: width, least value, then each value's distance from it in the narrowest of 1, 2, 4 bytes
   * that holds all, or the values themselves as doubles. `valueAt` is asked for 0..count-1.
   */
  column(count: number, valueAt: (index: number) => number): void {
    let least = Infinity;
    let greatest = -Infinity;
    for (let i = 0; i < count; i++) {
      const value = valueAt(i);
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const width = count === 0 ? 1 : widthOf(greatest - least);
    const base = count === 0 || width === 8 ? 0 : least;
    this.u8(width);
    this.f64(base);
    this.#reserve(count * width);
    for (let i = 0; i < count; i++) this.#put(this.#length + i * width, width, valueAt(i) - base);
    this.#length += count * width;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written, valid until the next write. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #put(at: number, width: ColumnWidth, value: number): void {
    if (width === 2) this.#view.setUint16(at, value, true);
    else if (width === 4) this.#view.setUint32(at, value, true);
    else if (width === 1) this.#view.setUint8(at, value);
    else this.#view.setFloat64(at, value, true);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.written);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function widthOf(range: number): ColumnWidth {
  if (range <= BYTE_MAX) return 1;
  if (range <= SHORT_MAX) return 2;
  return range <= WORD_MAX ? 4 : 8;
}
