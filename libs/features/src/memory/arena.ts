const INITIAL_WORDS = 1_024;
const WORD_BYTES = 4;
/**
 * The allocator's header takes 16 bytes before the first byte of a large buffer. Blocks that begin here are aligned to
 * cache lines.
 */
const LINE_OFFSET = 12;
/** Words after the last block, so that a read just past a row is always valid. */
const SPARE_WORDS = 16;

/**
 * Memory of many small rings in one growing buffer, with views as 32-bit words, doubles and bytes. With thousands of
 * entities most of an event's cost is cache misses; an object per entity would add several before its first value is
 * read. Freed blocks are reused for the same size.
 */
export class Arena {
  i32 = new Int32Array(INITIAL_WORDS);
  f64 = new Float64Array(this.i32.buffer);
  u8 = new Uint8Array(this.i32.buffer);
  #top = LINE_OFFSET;
  #usedWords = 0;
  readonly #free = new Map<number, number[]>();

  /** Bytes allocated, free blocks included. */
  get byteLength(): number {
    return this.u8.byteLength;
  }

  /** Bytes of the blocks in use. */
  get usedBytes(): number {
    return WORD_BYTES * this.#usedWords;
  }

  /**
   * Allocates a block. @param words an even number @param zeroed how many of its first words are set to zero @returns
   * its first word
   */
  allocate(words: number, zeroed: number): number {
    this.#usedWords += words;
    const reused = this.#free.get(words)?.pop();
    if (reused !== undefined) {
      this.i32.fill(0, reused, reused + zeroed);
      return reused;
    }
    const block = this.#top;
    this.#top += words;
    if (this.#top + SPARE_WORDS > this.i32.length) this.#grow();
    return block;
  }

  free(block: number, words: number): void {
    this.#usedWords -= words;
    const list = this.#free.get(words);
    if (list === undefined) this.#free.set(words, [block]);
    else list.push(block);
  }

  #grow(): void {
    const bytes = Math.max((this.#top + SPARE_WORDS) * WORD_BYTES, this.u8.length + (this.u8.length >> 1));
    const grown = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
    const u8 = new Uint8Array(grown);
    u8.set(this.u8);
    this.u8 = u8;
    this.i32 = new Int32Array(grown);
    this.f64 = new Float64Array(grown);
  }
}
