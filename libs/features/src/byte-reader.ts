/** Reads what `ByteWriter` wrote. Reading past the end throws RangeError; `readFrame` turns that into `STATE_CORRUPT`. */
export class ByteReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#view.byteLength;
  }

  u8(): number {
    return this.#view.getUint8(this.#move(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#move(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#move(8), true);
  }

  /** A count of items of at least `bytesPerItem` bytes, checked against what is left, so that a bad count cannot ask for memory. */
  count(bytesPerItem: number): number {
    const count = this.u32();
    if (count * bytesPerItem > this.#view.byteLength - this.#at)
      throw new RangeError(`count ${count} exceeds the data`);
    return count;
  }

  /** The column of `ByteWriter.column`; `put` gets each index and value in order. */
  column(count: number, put: (index: number, value: number) => void): void {
    const width = this.u8();
    const base = this.f64();
    const from = this.#move(count * width);
    for (let i = 0; i < count; i++) put(i, base + this.#get(from + i * width, width));
  }

  #get(at: number, width: number): number {
    if (width === 2) return this.#view.getUint16(at, true);
    if (width === 4) return this.#view.getUint32(at, true);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 8) return this.#view.getFloat64(at, true);
    throw new RangeError(`column width ${width}`);
  }

  #move(count: number): number {
    const from = this.#at;
    this.#at += count;
    return from;
  }
}
