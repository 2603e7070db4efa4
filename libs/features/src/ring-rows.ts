import type { Arena } from './arena.js';
import {
  AMOUNT,
  CAPACITY,
  END,
  filterAt,
  filterWords,
  FIRST,
  HIGH,
  HOT_CAPACITY,
  LOW,
  NEWEST_AT,
  REST,
  ROW_WORDS,
  rowsAt,
  type RingLayout,
  TIME,
} from './ring-layout.js';
import type { StateEvent } from './state-event.js';

export const NOT_FOUND = -1;

const TWO_32 = 2 ** 32;
const BYTE = 0xff;
/** 2^32 divided by the golden ratio, odd: ids of a sequence differ little in some bits, their places in the filter should not. */
const GOLDEN = 0x9e3779b1;
const WORD_BITS = 5;

/** The rows of rings in an arena; `p` is the first word of a ring's block. */
export class RingRows {
  readonly #arena: Arena;
  readonly #layout: RingLayout;

  constructor(arena: Arena, layout: RingLayout) {
    this.#arena = arena;
    this.#layout = layout;
  }

  /** First word of the row at a slot. */
  at(p: number, slot: number): number {
    return p + rowsAt(this.#layout, this.#arena.i32[p + CAPACITY] as number) + ROW_WORDS * slot;
  }

  /** Time of the newest row, −Infinity if there is none. */
  newestOf(p: number): number {
    const { i32, f64 } = this.#arena;
    return i32[p + END] === i32[p + FIRST] ? -Infinity : (f64[(p >> 1) + NEWEST_AT] as number);
  }

  timeOf(p: number, slot: number): number {
    const { i32, f64 } = this.#arena;
    const newest = f64[(p >> 1) + NEWEST_AT] as number;
    return newest - (((newest | 0) - (i32[this.at(p, slot) + TIME] as number)) >>> 0);
  }

  attributesOf(p: number, slot: number): number {
    return (this.#arena.i32[this.at(p, slot) + REST] as number) & BYTE;
  }

  amountOf(p: number, slot: number): number {
    return amountAt(this.#arena.i32, this.at(p, slot));
  }

  loOf(p: number, slot: number): number {
    return this.#arena.i32[this.at(p, slot) + LOW] as number;
  }

  hiOf(p: number, slot: number): number {
    return this.#arena.i32[this.at(p, slot) + HIGH] as number;
  }

  /** First slot later than a time: where a row of that time belongs, behind its equals. */
  upperBound(p: number, timeMs: number): number {
    const { i32, f64 } = this.#arena;
    let low = i32[p + FIRST] as number;
    let high = i32[p + END] as number;
    const newest = f64[(p >> 1) + NEWEST_AT] as number;
    const ageMs = newest - timeMs;
    if (ageMs <= 0) return high;
    const now = newest | 0;
    const times = this.at(p, 0) + TIME;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((now - (i32[times + ROW_WORDS * middle] as number)) >>> 0 >= ageMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** False if a short ring surely has no row of an id. The filter has two bits of one word per id: one look tells for nearly all. */
  mayHold(p: number, hi: number, lo: number): boolean {
    const { i32 } = this.#arena;
    const mixed = mixOf(hi, lo);
    const bits = bitsOf(mixed);
    const word = p + filterAt(this.#layout) + wordOf(mixed, filterWords(i32[p + CAPACITY] as number));
    return ((i32[word] as number) & bits) === bits;
  }

  /** Writes a row; the time of the newest is the ring's to keep. */
  write(p: number, slot: number, { idHash, occurredAtMs, amountMinor }: StateEvent, attributes: number): void {
    const { i32 } = this.#arena;
    const row = this.at(p, slot);
    i32[row + TIME] = occurredAtMs | 0;
    i32[row + LOW] = idHash.lo;
    i32[row + HIGH] = idHash.hi;
    i32[row + AMOUNT] = amountMinor;
    i32[row + REST] = restOf(amountMinor, attributes);
    this.#remember(p, i32[p + CAPACITY] as number, mixOf(idHash.hi | 0, idHash.lo | 0));
  }

  /** Copies rows [from, end) of one block so that they begin at slot `to` of another, or of the same. */
  copy(source: { readonly p: number; readonly from: number; readonly end: number }, p: number, to: number): void {
    const { i32 } = this.#arena;
    const { from, end } = source;
    i32.copyWithin(this.at(p, to), this.at(source.p, from), this.at(source.p, end));
  }

  /** Makes the filter of the rows held: of rows filled from outside, and from time to time without the ids of those let go of. */
  filter(p: number): void {
    const { i32 } = this.#arena;
    const capacity = i32[p + CAPACITY] as number;
    if (capacity > HOT_CAPACITY) return;
    const from = p + filterAt(this.#layout);
    i32.fill(0, from, from + filterWords(capacity));
    const end = this.at(p, i32[p + END] as number);
    for (let row = this.at(p, i32[p + FIRST] as number); row < end; row += ROW_WORDS) {
      this.#remember(p, capacity, mixOf(i32[row + HIGH] as number, i32[row + LOW] as number));
    }
  }

  /** Has a ring that is read but once look at all rows for an id, which costs less than its filter. */
  passFilter(p: number): void {
    const { i32 } = this.#arena;
    const from = p + filterAt(this.#layout);
    i32.fill(-1, from, from + filterWords(i32[p + CAPACITY] as number));
  }

  #remember(p: number, capacity: number, mixed: number): void {
    if (capacity > HOT_CAPACITY) return;
    const { i32 } = this.#arena;
    const word = p + filterAt(this.#layout) + wordOf(mixed, filterWords(capacity));
    i32[word] = (i32[word] as number) | bitsOf(mixed);
  }

  /** Slot of an id, or `NOT_FOUND`, by looking at all rows held. */
  search(p: number, hi: number, lo: number): number {
    const { i32 } = this.#arena;
    const end = i32[p + END] as number;
    let slot = i32[p + FIRST] as number;
    for (let row = this.at(p, slot); slot < end; slot++, row += ROW_WORDS) {
      if (i32[row + LOW] === lo && i32[row + HIGH] === hi) return slot;
    }
    return NOT_FOUND;
  }
}

/** The amount of the row that begins at a word. */
export function amountAt(i32: Int32Array, row: number): number {
  const high = (i32[row + REST] as number) >> 8;
  const low = (i32[row + AMOUNT] as number) >>> 0;
  return high === 0 ? low : high * TWO_32 + low;
}

/** Amounts are whole numbers below 2^47, so their high bits fit beside the attributes. */
export function restOf(amountMinor: number, attributes: number): number {
  return (Math.floor(amountMinor / TWO_32) << 8) | attributes;
}

function mixOf(hi: number, lo: number): number {
  const mixed = Math.imul(hi ^ lo, GOLDEN);
  return mixed ^ (mixed >>> 15);
}

/** Which of so many words, fewer than 2^16, is an id's in the filter. */
function wordOf(mixed: number, words: number): number {
  return ((mixed >>> 16) * words) >>> 16;
}

function bitsOf(mixed: number): number {
  return (1 << mixed) | (1 << (mixed >>> WORD_BITS));
}
