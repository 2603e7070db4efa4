/**
 * Slab for vectors of doubles. Vectors are views of shared blocks, because a separate off-heap allocation per vector
 * costs more than filling it. A block stays in memory as long as any of its vectors.
 *
 * It differs from `PackedSlab` in that its blocks are initialised and its vectors carry no checksum.
 */
export class VectorSlab {
  private block = new Float64Array(0);
  private used = 0;

  /**
   * @param blockLength doubles per block; a longer vector has separate memory
   * @param initial value of all elements of a new vector, usually 0 or NaN
   */
  constructor(
    private readonly blockLength: number,
    private readonly initial: number,
  ) {}

  /** A new vector of `length` elements, all with the initial value. */
  take(length: number): Float64Array {
    if (this.used + length > this.block.length) return this.takeOfNewBlock(length);
    const vector = new Float64Array(this.block.buffer, this.used * Float64Array.BYTES_PER_ELEMENT, length);
    this.used += length;
    return vector;
  }

  private takeOfNewBlock(length: number): Float64Array {
    if (length > this.blockLength) return this.newBlock(length);
    this.block = this.newBlock(this.blockLength);
    this.used = 0;
    return this.take(length);
  }

  private newBlock(length: number): Float64Array<ArrayBuffer> {
    const block = new Float64Array(length);
    return this.initial === 0 ? block : block.fill(this.initial);
  }
}
