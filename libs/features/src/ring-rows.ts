import type { Arena } from './arena.js';
import {
  AMOUNT,
  ATTRIBUTE_BITS,
  capacityOf,
  END,
  filterAt,
  filterWords,
  FIRST,
  HIGH,
  HOT_CAPACITY,
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
    return p + rowsAt(this.#layout, capacityOf(this.#arena.i32, p)) + ROW_WORDS * slot;
  }

  /** First word of the id of the row at a slot. */
  idAt(p: number, slot: number): number {
    return p + idsAt(this.#layout, capacityOf(this.#arena.i32, p)) + ID_WORDS * slot;
  }

  /** Time of the newest row, −Infinity if there is none. */
  newestOf(p: number): number {
    const { i32, f64 } = this.#arena;
    return i32[p + END] === 0 ? -Infinity : (f64[(p >> 1) + NEWEST_AT] as number);
  }

  timeOf(p: number, slot: number): number {
    const { i32, f64 } = this.#arena;
    const newest = f64[(p >> 1) + NEWEST_AT] as number;
    return newest - (((newest | 0) - (i32[this.at(p, slot) + TIME] as number)) >>> 0);
  }

  isWide(p: number): boolean {
    return ((this.#arena.i32[p + SHAPE] as number) & WIDE) !== 0;
  }

  attributesOf(p: number, slot: number): number {
    const word = this.isWide(p) ? this.#restAt(p, slot) : this.at(p, slot) + AMOUNT;
    return (this.#arena.i32[word] as number) & BYTE;
  }

  amountOf(p: number, slot: number): number {
    const { i32 } = this.#arena;
    const word = i32[this.at(p, slot) + AMOUNT] as number;
    return this.isWide(p) ? joined(i32[this.#restAt(p, slot)] as number, word) : word >>> ATTRIBUTE_BITS;
  }

  loOf(p: number, slot: number): number {
    return this.#arena.i32[this.idAt(p, slot) + LOW] as number;
  }

  hiOf(p: number, slot: number): number {
    return this.#arena.i32[this.idAt(p, slot) + HIGH] as number;
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

  /** False if a short ring surely has no row of an id. The filter has three bits of one word per id: one look tells for nearly all. */
  mayHold(p: number, hi: number, lo: number): boolean {
    const { i32 } = this.#arena;
    const mixed = mixOf(hi, lo);
    const bits = bitsOf(mixed);
    const word = p + filterAt(this.#layout) + wordOf(mixed, filterWords(capacityOf(i32, p)));
    return ((i32[word] as number) & bits) === bits;
  }

  /** Writes a row; the time of the newest is the ring's to keep. The ring must be wide if the amount is not narrow. */
  write(p: number, slot: number, { idHash, occurredAtMs, amountMinor }: StateEvent, attributes: number): void {
    const { i32 } = this.#arena;
    const id = this.idAt(p, slot);
    i32[this.at(p, slot) + TIME] = occurredAtMs | 0;
    i32[id + LOW] = idHash.lo;
    i32[id + HIGH] = idHash.hi;
    this.writeAmount(p, slot, amountMinor, attributes);
    this.#remember(p, capacityOf(i32, p), mixOf(idHash.hi | 0, idHash.lo | 0));
  }

  writeAmount(p: number, slot: number, amountMinor: number, attributes: number): void {
    const { i32 } = this.#arena;
    const word = this.at(p, slot) + AMOUNT;
    if (this.isWide(p)) {
      i32[word] = amountMinor;
      i32[this.#restAt(p, slot)] = (Math.floor(amountMinor / TWO_32) << ATTRIBUTE_BITS) | attributes;
    } else i32[word] = (amountMinor << ATTRIBUTE_BITS) | attributes;
  }

  /**
   * Copies rows [from, end) of one block so that they begin at slot `to` of another, or of the same. That of a narrow ring may be a wide
   * ring's.
   */
  copy(source: { readonly p: number; readonly from: number; readonly end: number }, p: number, to: number): void {
    const { i32 } = this.#arena;
    const { from, end } = source;
    i32.copyWithin(this.at(p, to), this.at(source.p, from), this.at(source.p, end));
    i32.copyWithin(this.idAt(p, to), this.idAt(source.p, from), this.idAt(source.p, end));
    if (!this.isWide(p)) return;
    if (this.isWide(source.p))
      i32.copyWithin(this.#restAt(p, to), this.#restAt(source.p, from), this.#restAt(source.p, end));
    else this.#widen(source, p, to);
  }

  #widen(source: { readonly p: number; readonly from: number; readonly end: number }, p: number, to: number): void {
    for (let slot = source.from; slot < source.end; slot++) {
      const amountMinor = this.amountOf(source.p, slot);
      this.writeAmount(p, to + slot - source.from, amountMinor, this.attributesOf(source.p, slot));
    }
  }

  /** Makes the filter of the rows held: of rows filled from outside, and from time to time without the ids of those let go of. */
  filter(p: number): void {
    const { i32 } = this.#arena;
    const capacity = capacityOf(i32, p);
    if (capacity > HOT_CAPACITY) return;
    const from = p + filterAt(this.#layout);
    i32.fill(0, from, from + filterWords(capacity));
    const end = this.idAt(p, i32[p + END] as number);
    for (let id = this.idAt(p, i32[p + FIRST] as number); id < end; id += ID_WORDS) {
      this.#remember(p, capacity, mixOf(i32[id + HIGH] as number, i32[id + LOW] as number));
    }
  }

  /** Has a ring that is read but once look at all rows for an id, which costs less than its filter. */
  passFilter(p: number): void {
    const { i32 } = this.#arena;
    const from = p + filterAt(this.#layout);
    i32.fill(-1, from, from + filterWords(capacityOf(i32, p)));
  }

  /** Word of the rest of a wide ring's row. */
  #restAt(p: number, slot: number): number {
    return p + restAt(this.#layout, capacityOf(this.#arena.i32, p)) + slot;
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
    for (let id = this.idAt(p, slot); slot < end; slot++, id += ID_WORDS) {
      if (i32[id + LOW] === lo && i32[id + HIGH] === hi) return slot;
    }
    return NOT_FOUND;
  }
}

export function isNarrow(amountMinor: number): boolean {
  return amountMinor >= 0 && amountMinor < NARROW_AMOUNTS;
}

/** Amounts are whole numbers below 2^47, so their high bits fit beside the attributes. */
function joined(rest: number, low: number): number {
  return (rest >> ATTRIBUTE_BITS) * TWO_32 + (low >>> 0);
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
  return (1 << mixed) | (1 << (mixed >>> WORD_BITS)) | (1 << (mixed >>> (2 * WORD_BITS)));
}
