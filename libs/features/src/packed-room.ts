const ALIGNMENT = 4;

/**
 * Room for packed values, given out of blocks: one allocation for many values, where each alone would cost more to allocate and to collect
 * than to pack. A block stays in memory as long as any of its values.
 */
export class PackedRoom {
  readonly #blockBytes: number;
  #u8 = new Uint8Array(0);
  #i32 = new Int32Array(0);
  #used = 0;

  /** @param blockBytes a multiple of 4; 0 = each value has memory of its own */
  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  /** A copy of a value and the checksum behind it. @param body a whole number of 32-bit words */
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
    // Not filled with zeros: all that is given out is written before.
    const block = Buffer.allocUnsafeSlow(Math.max(this.#blockBytes, body.length + ALIGNMENT));
    this.#u8 = new Uint8Array(block.buffer);
    this.#i32 = new Int32Array(block.buffer);
    this.#used = 0;
    return this.place(body, checksum);
  }
}
