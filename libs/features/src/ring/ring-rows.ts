import type { Arena } from '../memory/arena.js';
import {
  AMOUNT,
  ATTRIBUTE_BITS,
  capacityOf,
  END,
  filterAt,
  filterWords,
  FIRST,
  HIGH,
  LARGE_CAPACITY,
  ID_WORDS,
  idsAt,
  LOW,
  NEWEST_AT,
  NARROW_AMOUNTS,
  restAt,
  ROW_WORDS,
  rowsAt,
  type RingLayout,
  SHAPE,
  TIME,
  WIDE,
} from './ring-layout.js';
import type { StateEvent } from '../plan/state-event.js';

export const NOT_FOUND = -1;

const TWO_32 = 2 ** 32;
const BYTE = 0xff;
/** 2^32 divided by the golden ratio, odd. It spreads sequential ids, which differ in few bits, over the filter. */
const GOLDEN = 0x9e3779b1;
const WORD_BITS = 5;

/** Reads and writes rows of ring buffers in an arena. `block` is the offset of the ring's first header word. */
export class RingRows {
  readonly #arena: Arena;
  readonly #layout: RingLayout;

  constructor(arena: Arena, layout: RingLayout) {
    this.#arena = arena;
    this.#layout = layout;
  }

  /** First word of the row at a slot. */
  at(block: number, slot: number): number {
    return block + rowsAt(this.#layout, capacityOf(this.#arena.i32, block)) + ROW_WORDS * slot;
  }

  /** First word of the id of the row at a slot. */
  idAt(block: number, slot: number): number {
    return block + idsAt(this.#layout, capacityOf(this.#arena.i32, block)) + ID_WORDS * slot;
  }

  /** Time of the newest row, −Infinity if there is none. */
  newestOf(block: number): number {
    const { i32, f64 } = this.#arena;
    return i32[block + END] === 0 ? -Infinity : (f64[(block >> 1) + NEWEST_AT] as number);
  }

  timeOf(block: number, slot: number): number {
    const { i32, f64 } = this.#arena;
    const newest = f64[(block >> 1) + NEWEST_AT] as number;
    return newest - (((newest | 0) - (i32[this.at(block, slot) + TIME] as number)) >>> 0);
  }

  isWide(block: number): boolean {
    return ((this.#arena.i32[block + SHAPE] as number) & WIDE) !== 0;
  }

  attributesOf(block: number, slot: number): number {
    const word = this.isWide(block) ? this.#restAt(block, slot) : this.at(block, slot) + AMOUNT;
    return (this.#arena.i32[word] as number) & BYTE;
  }

  amountOf(block: number, slot: number): number {
    const { i32 } = this.#arena;
    const word = i32[this.at(block, slot) + AMOUNT] as number;
    return this.isWide(block) ? joined(i32[this.#restAt(block, slot)] as number, word) : word >>> ATTRIBUTE_BITS;
  }

  loOf(block: number, slot: number): number {
    return this.#arena.i32[this.idAt(block, slot) + LOW] as number;
  }

  hiOf(block: number, slot: number): number {
    return this.#arena.i32[this.idAt(block, slot) + HIGH] as number;
  }

  /** First slot later than a time. A row of that time is inserted there, behind rows of equal time. */
  upperBound(block: number, timeMs: number): number {
    const { i32, f64 } = this.#arena;
    let low = i32[block + FIRST] as number;
    let high = i32[block + END] as number;
    const newest = f64[(block >> 1) + NEWEST_AT] as number;
    const ageMs = newest - timeMs;
    if (ageMs <= 0) return high;
    const now = newest | 0;
    const times = this.at(block, 0) + TIME;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((now - (i32[times + ROW_WORDS * middle] as number)) >>> 0 >= ageMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Bloom filter test: false if a small ring certainly has no row with this id. The three bits of an id are in one
   * word.
   */
  mayHold(block: number, hi: number, lo: number): boolean {
    const { i32 } = this.#arena;
    const mixed = mixOf(hi, lo);
    const bits = bitsOf(mixed);
    const word = block + filterAt(this.#layout) + wordOf(mixed, filterWords(capacityOf(i32, block)));
    return ((i32[word] as number) & bits) === bits;
  }

  /** Writes a row. The caller updates the newest time, and makes the ring wide if the amount is not narrow. */
  write(block: number, slot: number, { idHash, occurredAtMs, amountMinor }: StateEvent, attributes: number): void {
    const { i32 } = this.#arena;
    const id = this.idAt(block, slot);
    i32[this.at(block, slot) + TIME] = occurredAtMs | 0;
    i32[id + LOW] = idHash.lo;
    i32[id + HIGH] = idHash.hi;
    this.writeAmount(block, slot, amountMinor, attributes);
    this.#remember(block, capacityOf(i32, block), mixOf(idHash.hi | 0, idHash.lo | 0));
  }

  writeAmount(block: number, slot: number, amountMinor: number, attributes: number): void {
    const { i32 } = this.#arena;
    const word = this.at(block, slot) + AMOUNT;
    if (this.isWide(block)) {
      i32[word] = amountMinor;
      i32[this.#restAt(block, slot)] = (Math.floor(amountMinor / TWO_32) << ATTRIBUTE_BITS) | attributes;
    } else i32[word] = (amountMinor << ATTRIBUTE_BITS) | attributes;
  }

  /**
   * Copies rows [from, end) of one block to slot `to` of the same or another block. Rows of a narrow ring may be copied
   * into a wide one.
   */
  copy(
    source: { readonly block: number; readonly from: number; readonly end: number },
    block: number,
    to: number,
  ): void {
    const { i32 } = this.#arena;
    const { from, end } = source;
    i32.copyWithin(this.at(block, to), this.at(source.block, from), this.at(source.block, end));
    i32.copyWithin(this.idAt(block, to), this.idAt(source.block, from), this.idAt(source.block, end));
    if (!this.isWide(block)) return;
    if (this.isWide(source.block))
      i32.copyWithin(this.#restAt(block, to), this.#restAt(source.block, from), this.#restAt(source.block, end));
    else this.#widen(source, block, to);
  }

  #widen(
    source: { readonly block: number; readonly from: number; readonly end: number },
    block: number,
    to: number,
  ): void {
    for (let slot = source.from; slot < source.end; slot++) {
      const amountMinor = this.amountOf(source.block, slot);
      this.writeAmount(block, to + slot - source.from, amountMinor, this.attributesOf(source.block, slot));
    }
  }

  /** Rebuilds the id filter from the rows held, without the ids of evicted rows. */
  filter(block: number): void {
    const { i32 } = this.#arena;
    const capacity = capacityOf(i32, block);
    if (capacity > LARGE_CAPACITY) return;
    const from = block + filterAt(this.#layout);
    i32.fill(0, from, from + filterWords(capacity));
    const end = this.idAt(block, i32[block + END] as number);
    for (let id = this.idAt(block, i32[block + FIRST] as number); id < end; id += ID_WORDS) {
      this.#remember(block, capacity, mixOf(i32[id + HIGH] as number, i32[id + LOW] as number));
    }
  }

  /**
   * Sets all bits of the filter. A ring that is read only once then searches its rows, which is cheaper than filling
   * the filter.
   */
  passFilter(block: number): void {
    const { i32 } = this.#arena;
    const from = block + filterAt(this.#layout);
    i32.fill(-1, from, from + filterWords(capacityOf(i32, block)));
  }

  /** Word with the high part of a row's amount in a wide ring. */
  #restAt(block: number, slot: number): number {
    return block + restAt(this.#layout, capacityOf(this.#arena.i32, block)) + slot;
  }

  #remember(block: number, capacity: number, mixed: number): void {
    if (capacity > LARGE_CAPACITY) return;
    const { i32 } = this.#arena;
    const word = block + filterAt(this.#layout) + wordOf(mixed, filterWords(capacity));
    i32[word] = (i32[word] as number) | bitsOf(mixed);
  }

  /** Slot of an id, or `NOT_FOUND`. Searches all rows held. */
  search(block: number, hi: number, lo: number): number {
    const { i32 } = this.#arena;
    const end = i32[block + END] as number;
    let slot = i32[block + FIRST] as number;
    for (let id = this.idAt(block, slot); slot < end; slot++, id += ID_WORDS) {
      if (i32[id + LOW] === lo && i32[id + HIGH] === hi) return slot;
    }
    return NOT_FOUND;
  }
}

export function isNarrow(amountMinor: number): boolean {
  return amountMinor >= 0 && amountMinor < NARROW_AMOUNTS;
}

/** Amounts are integers below 2^47, so their high bits fit into one word with the attributes. */
function joined(rest: number, low: number): number {
  return (rest >> ATTRIBUTE_BITS) * TWO_32 + (low >>> 0);
}

function mixOf(hi: number, lo: number): number {
  const mixed = Math.imul(hi ^ lo, GOLDEN);
  return mixed ^ (mixed >>> 15);
}

/** Index of an id's word in a filter of `words` words, fewer than 2^16. */
function wordOf(mixed: number, words: number): number {
  return ((mixed >>> 16) * words) >>> 16;
}

function bitsOf(mixed: number): number {
  return (1 << mixed) | (1 << (mixed >>> WORD_BITS)) | (1 << (mixed >>> (2 * WORD_BITS)));
}
