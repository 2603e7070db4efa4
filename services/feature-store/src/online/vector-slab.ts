/** Elements of a block; reads of more rows than fit have one of their own. */
const BLOCK_LENGTH = 4_096;

/**
 * Slab for vectors, one behind the other in blocks. A block lies outside of the heap, where each is asked of the system
 * and given back: one for each read would cost more than the vector. It goes when the last of its vectors does.
 */
export class VectorSlab {
  private block = new Float64Array(BLOCK_LENGTH);
  private used = 0;

  /** A vector of this length, all NaN. */
  take(length: number): Float64Array {
    if (length > BLOCK_LENGTH) return new Float64Array(length).fill(Number.NaN);
    if (this.used + length > BLOCK_LENGTH) {
      this.block = new Float64Array(BLOCK_LENGTH);
      this.used = 0;
    }
    const { buffer, BYTES_PER_ELEMENT } = this.block;
    const taken = new Float64Array(buffer, this.used * BYTES_PER_ELEMENT, length);
    this.used += length;
    return taken.fill(Number.NaN);
  }
}
