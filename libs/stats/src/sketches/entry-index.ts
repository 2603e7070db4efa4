/**
 * Hash table from 64-bit hashes to entry numbers: open addressing with linear probing in one typed array. Equal hashes
 * count as equal keys.
 */
export class EntryIndex {
  /** Entry + 1; 0 = free. At most a quarter of the slots is used, so that probe sequences stay short. */
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

  /** Adds an entry. Neither the entry nor the hash may be in the index. */
  insert(entry: number, high: number, low: number): void {
    this.#highs[entry] = high;
    this.#lows[entry] = low;
    let slot = low & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry + 1;
  }

  /** Removes an entry and closes the gap by moving later entries, so that no tombstones are needed. */
  remove(entry: number): void {
    let gap = this.#homeOf(entry);
    while (this.#slots[gap] !== entry + 1) gap = (gap + 1) & this.#mask;
    for (let slot = (gap + 1) & this.#mask; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const home = this.#homeOf((this.#slots[slot] as number) - 1);
      // Moves an entry into the gap if its probe sequence passes the gap.
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
