const BLOCK_VECTORS = 1_024;

/**
 * Allocates vectors of one width from contiguous blocks, because a separate off-heap allocation per row costs more than
 * filling the vector.
 */
export class VectorBlocks {
  private block = new ArrayBuffer(0);
  private at = 0;

  constructor(readonly width: number) {}

  /** A new vector of zeros. */
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
