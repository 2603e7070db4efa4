const BLOCK_VECTORS = 1_024;

/**
 * Hands out vectors of one width that lie side by side in blocks. An array of its own outside of the heap for each of a million rows costs
 * more than filling it.
 */
export class VectorBlocks {
  private block = new ArrayBuffer(0);
  private at = 0;

  constructor(readonly width: number) {}

  /** A vector of zeros nobody else has. */
  next(): Float64Array {
    const bytes = this.width * Float64Array.BYTES_PER_ELEMENT;
    if (this.at + bytes > this.block.byteLength) {
      this.block = new ArrayBuffer(bytes * BLOCK_VECTORS);
      this.at = 0;
    }
    const vector = new Float64Array(this.block, this.at, this.width);
    this.at += bytes;
    return vector;
  }
}
