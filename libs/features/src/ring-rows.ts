import type { Arena } from './arena.js';
import {
  AMOUNT,
  CAPACITY,
  END,
  FIRST,
  HIGH,
  LOW,
  marksAt,
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
/** 2^32 divided by the golden ratio, odd: ids of a sequence differ little in some bits, their marks should not. */
const GOLDEN = 0x9e3779b1;
/** Each byte 1, and the highest bit of each byte: finds a byte among four at once. */
const ONES = 0x01010101;
const HIGHS = 0x80808080 | 0;

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

  lengthOf(p: number): number {
    const { i32 } = this.#arena;
    return (i32[p + END] as number) - (i32[p + FIRST] as number);
  }

  /** Time of the newest row, −Infinity if there is none. */
  newestOf(p: number): number {
    return this.lengthOf(p) === 0 ? -Infinity : (this.#arena.f64[(p >> 1) + NEWEST_AT] as number);
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

  /**
   * Slot of an id among the rows held, or `NOT_FOUND`, by looking at all: at their marks, four at a time, and only at the rows
   * whose marks agree.
   */
  scan(p: number, hi: number, lo: number): number {
    const { i32 } = this.#arena;
    const first = i32[p + FIRST] as number;
    const end = i32[p + END] as number;
    const marks = p + marksAt(this.#layout);
    const pattern = Math.imul(markOf(hi, lo), ONES);
    for (let word = first >> 2; word << 2 < end; word++) {
      const difference = (i32[marks + word] as number) ^ pattern;
      if (((difference - ONES) & ~difference & HIGHS) === 0) continue;
      const slot = this.#among(p, word << 2, { hi, lo });
      if (slot >= first && slot < end) return slot;
    }
    return NOT_FOUND;
  }

  /** Writes a row; the time of the newest is the ring's to keep. */
  write(p: number, slot: number, { idHash, occurredAtMs, amountMinor }: StateEvent, attributes: number): void {
    const { i32, u8 } = this.#arena;
    const row = this.at(p, slot);
    i32[row + TIME] = occurredAtMs | 0;
    i32[row + LOW] = idHash.lo;
    i32[row + HIGH] = idHash.hi;
    i32[row + AMOUNT] = amountMinor;
    i32[row + REST] = restOf(amountMinor, attributes);
    u8[4 * (p + marksAt(this.#layout)) + slot] = markOf(idHash.hi | 0, idHash.lo | 0);
  }

  /** Copies rows [from, end) of one block so that they begin at slot `to` of another, or of the same. */
  copy(source: { readonly p: number; readonly from: number; readonly end: number }, p: number, to: number): void {
    const { i32, u8 } = this.#arena;
    const { from, end } = source;
    i32.copyWithin(this.at(p, to), this.at(source.p, from), this.at(source.p, end));
    const marks = 4 * (source.p + marksAt(this.#layout));
    u8.copyWithin(4 * (p + marksAt(this.#layout)) + to, marks + from, marks + end);
  }

  /** Marks rows filled from outside. */
  remark(p: number): void {
    const { i32, u8 } = this.#arena;
    const marks = 4 * (p + marksAt(this.#layout));
    const end = i32[p + END] as number;
    let row = this.at(p, 0);
    for (let slot = 0; slot < end; slot++, row += ROW_WORDS) {
      u8[marks + slot] = markOf(i32[row + HIGH] as number, i32[row + LOW] as number);
    }
  }

  #among(p: number, slot: number, { hi, lo }: { readonly hi: number; readonly lo: number }): number {
    const { i32 } = this.#arena;
    const end = i32[p + END] as number;
    const first = i32[p + FIRST] as number;
    for (let at = Math.max(slot, first); at < slot + 4 && at < end; at++) {
      const row = this.at(p, at);
      if (i32[row + LOW] === lo && i32[row + HIGH] === hi) return at;
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

function markOf(hi: number, lo: number): number {
  return Math.imul(hi ^ lo, GOLDEN) >>> 24;
}
