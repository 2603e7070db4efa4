/**
 * Finds numbered entries by 64-bit hash: open addressing with linear probing in one typed array. Entries keep their hashes; equal
 * hashes count as equal keys.
 */
export class EntryIndex {
  /** Entry + 1; 0 = free. At most a quarter is taken, so that probes stay short. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #highs: Int32Array;
  readonly #lows: Int32Array;

  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(4 * capacity));
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
    this.#highs = new Int32Array(capacity);
    this.#lows = new Int32Array(capacity);
  }

  /** The entry of a hash, or -1. */
  find(high: number, low: number): number {
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0 || (this.#lows[entry] === low && this.#highs[entry] === high)) return entry;
    }
  }

  /** Gives an entry that is not in the index a hash that is not in it either. */
  insert(entry: number, high: number, low: number): void {
    this.#highs[entry] = high;
    this.#lows[entry] = low;
    let slot = low & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry + 1;
  }

  /** Takes an entry out, closing the gap it leaves, so that no dead slots pile up. */
  remove(entry: number): void {
    let gap = this.#homeOf(entry);
    while (this.#slots[gap] !== entry + 1) gap = (gap + 1) & this.#mask;
    for (let slot = (gap + 1) & this.#mask; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const home = this.#homeOf((this.#slots[slot] as number) - 1);
      // What would be found only by passing the gap moves into it.
      if (((slot - home) & this.#mask) >= ((slot - gap) & this.#mask)) {
        this.#slots[gap] = this.#slots[slot] as number;
        gap = slot;
      }
    }
    this.#slots[gap] = 0;
  }

  #homeOf(entry: number): number {
    return (this.#lows[entry] as number) & this.#mask;
  }
}
