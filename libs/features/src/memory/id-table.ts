const INITIAL_CELLS = 4_096;
/** 2^32 divided by the golden ratio, odd. It spreads sequential ids, whose hashes differ in few bits. */
const GOLDEN = 0x9e3779b1;

/**
 * Set of 64-bit ids: open addressing with backward-shift deletion. There are no tombstones, so it is rehashed only to
 * grow.
 */
export class IdTable {
  #cells = new Int32Array(2 * INITIAL_CELLS);
  #mask = INITIAL_CELLS - 1;
  #size = 0;

  get byteLength(): number {
    return this.#cells.byteLength;
  }

  has(hi: number, lo: number): boolean {
    return this.#find(hi, lo | Number(hi === 0 && lo === 0)) >= 0;
  }

  add(hi: number, lo: number): void {
    if (2 * (this.#size + 1) > this.#mask + 1) this.#grow();
    this.#put(hi, lo | Number(hi === 0 && lo === 0));
    this.#size++;
  }

  delete(hi: number, lo: number): void {
    let hole = this.#find(hi, lo | Number(hi === 0 && lo === 0));
    if (hole < 0) return;
    const cells = this.#cells;
    const mask = this.#mask;
    for (let next = (hole + 1) & mask; !this.#isFree(next); next = (next + 1) & mask) {
      const home = cellOf(cells[2 * next] as number, cells[2 * next + 1] as number, mask);
      // An entry may move back only to a cell at or behind its home cell.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      cells[2 * hole] = cells[2 * next] as number;
      cells[2 * hole + 1] = cells[2 * next + 1] as number;
      hole = next;
    }
    cells[2 * hole] = 0;
    cells[2 * hole + 1] = 0;
    this.#size--;
  }

  #isFree(cell: number): boolean {
    return this.#cells[2 * cell] === 0 && this.#cells[2 * cell + 1] === 0;
  }

  #find(hi: number, lo: number): number {
    const cells = this.#cells;
    for (let cell = cellOf(hi | 0, lo | 0, this.#mask); !this.#isFree(cell); cell = (cell + 1) & this.#mask) {
      if (cells[2 * cell] === (hi | 0) && cells[2 * cell + 1] === (lo | 0)) return cell;
    }
    return -1;
  }

  #put(hi: number, lo: number): void {
    let cell = cellOf(hi | 0, lo | 0, this.#mask);
    while (!this.#isFree(cell)) cell = (cell + 1) & this.#mask;
    this.#cells[2 * cell] = hi;
    this.#cells[2 * cell + 1] = lo;
  }

  #grow(): void {
    const old = this.#cells;
    this.#cells = new Int32Array(2 * old.length);
    this.#mask = this.#cells.length / 2 - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) this.#put(old[i] as number, old[i + 1] as number);
    }
  }
}

function cellOf(hi: number, lo: number, mask: number): number {
  const mixed = Math.imul(hi ^ lo, GOLDEN);
  return (mixed ^ (mixed >>> 15)) & mask;
}
