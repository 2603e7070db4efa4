const ALIGNMENT = 4;

/**
 * Slab for packed values. Values share blocks, because allocating and collecting each one separately would cost more
 * than packing it. A block stays in memory as long as any of its values.
 *
 * It differs from `VectorSlab` in that its blocks are not initialised, because `place` writes every byte, and that each
 * value ends with a checksum.
 */
export class PackedSlab {
  readonly #blockBytes: number;
  #u8 = new Uint8Array(0);
  #i32 = new Int32Array(0);
  #used = 0;

  /** @param blockBytes a multiple of 4; 0 = each value has its own memory */
  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  /**
   * Copies a value and its checksum into the slab.
   * @param body a whole number of 32-bit words
   * @param checksum 32 bits, written in the byte order of the machine
   * @returns a view of body and checksum, 4 bytes longer than the body
   */
  place(body: Uint8Array, checksum: number): Uint8Array {
    const { length } = body;
    const at = this.#used;
    if (at + length + ALIGNMENT > this.#u8.length) return this.#placeInNew(body, checksum);
    this.#u8.set(body, at);
    this.#i32[(at + length) / ALIGNMENT] = checksum;
    this.#used = at + length + ALIGNMENT;
    return new Uint8Array(this.#u8.buffer, at, length + ALIGNMENT);
  }

  #placeInNew(body: Uint8Array, checksum: number): Uint8Array {
    // Not zeroed, because every byte is written before it is returned.
    const block = Buffer.allocUnsafeSlow(Math.max(this.#blockBytes, body.length + ALIGNMENT));
    this.#u8 = new Uint8Array(block.buffer);
    this.#i32 = new Int32Array(block.buffer);
    this.#used = 0;
    return this.place(body, checksum);
  }
}
