import type { Arena } from '../memory/arena.js';
import type { LargeRings, RingParts } from './large-rings.js';
import { insertOrdered, removeOrdered } from '../memory/ordered-amounts.js';
import {
  AMOUNT,
  ATTRIBUTE_BITS,
  capacityOf,
  END,
  FIRST,
  HIGH,
  LARGE_CAPACITY,
  ID_WORDS,
  EVICTED_SHIFT,
  LOW,
  NEWEST_AT,
  orderAt,
  type RingLayout,
  ROW_WORDS,
  ROW_TIME,
  rowsAt,
  SHAPE,
  TIME,
  WIDE,
} from './ring-layout.js';
import type { RingRows } from './ring-rows.js';
import { addSquare } from '../memory/square-sums.js';
import { CURSOR_STEP, cursorsOf, HEAD, keepMore, SUM_ONLY, TAIL } from './window-cursors.js';

/** Ages and times are kept in 32 bits, which is 49.7 days. */
const MAX_U32 = 2 ** 32 - 1;
const EVICTED_MASK = -(1 << EVICTED_SHIFT);
/** Upper bound for trusting the stored time of the last eviction. */
const LONG_MS = 2 ** 31;

/**
 * Incremental aggregates of a ring buffer's sliding windows, valid as of its newest row. Each window has a head cursor,
 * each delay a tail cursor, and sums of integers. A row is added when it enters a window and subtracted when it leaves,
 * so results are exact and cost O(1) amortised per row. `block` is the offset of the ring's first header word in the
 * arena.
 */
export class RingWindows {
  readonly #arena: Arena;
  readonly #layout: RingLayout;
  readonly #large: LargeRings;
  readonly #rows: RingRows;
  readonly #cursors: Int32Array;
  readonly #retentionMs: number;
  /** Longest time without an eviction, in units of the shape word's time. No age exceeds 32 bits before that. */
  readonly #lag: number;
  /** Per window: words of its head and its end, delay and edge, and offsets of its aggregates (−1 = not kept). */
  readonly #headAt: Int32Array;
  readonly #endAt: Int32Array;
  readonly #delayMs: Float64Array;
  readonly #edgeMs: Float64Array;
  readonly #sumAt: Int32Array;
  readonly #squaresAt: Int32Array;
  readonly #order: Int32Array;
  /** Windows that reach up to the newest row: doubles of their sums, and which windows keep more than a sum. */
  readonly #sumsNow: Int32Array;
  readonly #moreNow: Int32Array;
  /** As `#moreNow`, for large rings. */
  readonly #moreNowLarge: Int32Array;
  readonly #delays: readonly number[];

  constructor({ arena, plan, layout, rows }: RingParts, large: LargeRings, retentionMs: number) {
    const { spans, delays } = plan;
    this.#arena = arena;
    this.#layout = layout;
    this.#large = large;
    this.#rows = rows;
    this.#headAt = layout.headAt;
    this.#endAt = Int32Array.from(spans, ({ delay }) => (delay < 0 ? END : (layout.tailAt[delay] as number)));
    this.#delayMs = Float64Array.from(spans, (span) => span.delayMs);
    this.#edgeMs = Float64Array.from(spans, (span) => span.edgeMs);
    this.#sumAt = layout.sumAt;
    this.#squaresAt = layout.squaresAt;
    this.#order = Int32Array.from(spans, (span) => span.order);
    const reachingNow = (has: readonly boolean[]): Int32Array =>
      Int32Array.from([...spans.keys()].filter((s) => has[s] && (spans[s]?.delay ?? 0) < 0));
    this.#sumsNow = reachingNow(spans.map(({ hasSum }) => hasSum)).map((s) => layout.sumAt[s] as number);
    this.#moreNow = reachingNow(keepMore(spans, layout.orderCount));
    this.#moreNowLarge = reachingNow(keepMore(spans, Infinity));
    this.#delays = delays;
    this.#retentionMs = retentionMs;
    this.#lag = Math.floor((MAX_U32 - retentionMs) / 2 ** EVICTED_SHIFT) - 1;
    this.#cursors = cursorsOf(plan, layout);
  }

  /** Slot after the last row of a window. */
  endOf(block: number, s: number): number {
    return this.#arena.i32[block + (this.#endAt[s] as number)] as number;
  }

  /** Initializes the cursors. Call it before a ring's first row is appended. */
  begin(block: number, timeMs: number): void {
    const { i32 } = this.#arena;
    const cursors = this.#cursors;
    for (let c = 0; c < cursors.length; c += CURSOR_STEP) i32[block + (cursors[c] as number) + ROW_TIME] = timeMs | 0;
    this.#noteEviction(block, timeMs | 0);
  }

  /**
   * Advances all windows by `deltaMs`, to the time of the row that is appended next: rows enter at tails and leave at
   * heads. The header holds the times of the cursors' rows, so rows are read only where a cursor moves.
   */
  advance(block: number, deltaMs: number): void {
    const { i32, f64 } = this.#arena;
    const block64 = block >> 1;
    const newest = f64[block64 + NEWEST_AT] as number;
    const now = newest | 0;
    const next = (newest + deltaMs) | 0;
    const movedMs = deltaMs < MAX_U32 ? deltaMs >>> 0 : MAX_U32;
    const shape = i32[block + SHAPE] as number;
    const capacity = capacityOf(i32, block);
    const isLarge = capacity > LARGE_CAPACITY;
    const isWide = (shape & WIDE) !== 0;
    const rows = block + rowsAt(this.#layout, capacity);
    const cursors = this.#cursors;
    for (let c = 0; c < cursors.length; c += CURSOR_STEP) {
      const word = block + (cursors[c] as number);
      const passMs = (cursors[c + 2] as number) >>> 0;
      const leastMs = passMs > movedMs ? (passMs - movedMs) >>> 0 : 0;
      if ((now - (i32[word + ROW_TIME] as number)) >>> 0 < leastMs) continue;
      const stop = i32[block + (cursors[c + 1] as number)] as number;
      const from = i32[word] as number;
      let slot = from;
      let row = rows + ROW_WORDS * from;
      let left = 0;
      while (slot < stop && (now - (i32[row + TIME] as number)) >>> 0 >= leastMs) {
        left += isWide ? this.#rows.amountOf(block, slot) : (i32[row + AMOUNT] as number) >>> ATTRIBUTE_BITS;
        slot++;
        row += ROW_WORDS;
      }
      i32[word] = slot;
      i32[word + ROW_TIME] = slot === i32[block + END] ? next : (i32[row + TIME] as number);
      const sum = cursors[c + 3] as number;
      if (sum >= 0) f64[block64 + sum] = (f64[block64 + sum] as number) - left;
      const is = cursors[c + 4] as number;
      if (is === SUM_ONLY) continue;
      if (is === TAIL) this.#passedTail(block, cursors[c] as number, from, slot);
      else if (is === HEAD || isLarge) this.#leave(block, cursors[c + 5] as number, from, slot);
    }
    const lag = ((next & EVICTED_MASK) - (shape & EVICTED_MASK)) >>> EVICTED_SHIFT;
    if (lag >= this.#lag || isLarge || movedMs >= LONG_MS) this.evict(block, deltaMs);
  }

  /** Evicts rows that are too old `deltaMs` after the newest one. Until then `FIRST` lags behind. */
  evict(block: number, deltaMs: number): void {
    const { i32, f64 } = this.#arena;
    const newest = f64[(block >> 1) + NEWEST_AT] as number;
    const now = newest | 0;
    const leastMs = this.#retentionMs - deltaMs;
    const end = i32[block + END] as number;
    const from = i32[block + FIRST] as number;
    let slot = from;
    let row = block + rowsAt(this.#layout, capacityOf(i32, block)) + TIME + ROW_WORDS * from;
    while (slot < end && (now - (i32[row] as number)) >>> 0 >= leastMs) {
      slot++;
      row += ROW_WORDS;
    }
    this.#noteEviction(block, (newest + deltaMs) | 0);
    if (slot === from) return;
    i32[block + FIRST] = slot;
    this.#forget(block, from, slot);
  }

  #noteEviction(block: number, time: number): void {
    const { i32 } = this.#arena;
    i32[block + SHAPE] = ((i32[block + SHAPE] as number) & ~EVICTED_MASK) | (time & EVICTED_MASK);
  }

  /** Adds the row just appended to the windows that reach up to it. */
  enterNewest(block: number, amount: number): void {
    const { i32, f64 } = this.#arena;
    const block64 = block >> 1;
    const sums = this.#sumsNow;
    for (let i = 0; i < sums.length; i++) {
      const at = block64 + (sums[i] as number);
      f64[at] = (f64[at] as number) + amount;
    }
    const spans = capacityOf(i32, block) > LARGE_CAPACITY ? this.#moreNowLarge : this.#moreNow;
    const slot = (i32[block + END] as number) - 1;
    for (let i = 0; i < spans.length; i++) {
      const s = spans[i] as number;
      this.#enterMore(block, s, amount, slot - (i32[block + (this.#headAt[s] as number)] as number));
    }
  }

  /**
   * Adds a row inserted at `slot`, `ageMs` older than the newest. Later rows, and ends behind it, have moved up by one.
   */
  insertLate(block: number, slot: number, ageMs: number): void {
    const { i32 } = this.#arena;
    for (let s = 0; s < this.#headAt.length; s++) {
      const word = block + (this.#headAt[s] as number);
      const before = this.endOf(block, s) - (this.#endAt[s] === END ? 1 : 0);
      if (ageMs >= (this.#edgeMs[s] as number)) i32[word] = (i32[word] as number) + 1;
      else if (ageMs >= (this.#delayMs[s] as number)) this.#enter(block, s, slot, before - (i32[word] as number));
    }
    this.#layout.tailAt.forEach((tail, d) => {
      if (ageMs >= (this.#delays[d] as number)) i32[block + tail] = (i32[block + tail] as number) + 1;
    });
    this.#noteTimes(block);
  }

  /** Stores the times of the cursors' rows. */
  #noteTimes(block: number): void {
    const { i32 } = this.#arena;
    const cursors = this.#cursors;
    for (let c = 0; c < cursors.length; c += CURSOR_STEP) {
      const word = block + (cursors[c] as number);
      i32[word + ROW_TIME] = i32[this.#rows.at(block, i32[word] as number) + TIME] as number;
    }
  }

  /** Recomputes cursors and aggregates of a ring that was just unpacked. */
  rebuild(block: number): void {
    const { i32 } = this.#arena;
    const first = i32[block + FIRST] as number;
    const end = i32[block + END] as number;
    for (let s = 0; s < this.#headAt.length; s++) {
      i32[block + (this.#headAt[s] as number)] = first;
      if (this.#endAt[s] !== END) continue;
      for (let slot = first; slot < end; slot++) this.#enter(block, s, slot, slot - first);
    }
    for (const word of this.#layout.tailAt) i32[block + word] = first;
    this.#noteTimes(block);
    this.advance(block, 0);
    this.evict(block, 0);
  }

  #passedTail(block: number, tail: number, from: number, to: number): void {
    const { i32 } = this.#arena;
    for (let s = 0; s < this.#endAt.length; s++) {
      if (this.#endAt[s] !== tail) continue;
      const head = i32[block + (this.#headAt[s] as number)] as number;
      for (let slot = from; slot < to; slot++) this.#enter(block, s, slot, slot - head);
    }
  }

  /** Removes evicted ids from the id table, which only large rings have. */
  #forget(block: number, from: number, to: number): void {
    const { i32 } = this.#arena;
    if (capacityOf(i32, block) <= LARGE_CAPACITY) return;
    const ids = this.#large.get(block)?.ids;
    const end = this.#rows.idAt(block, to);
    for (let at = this.#rows.idAt(block, from); at < end; at += ID_WORDS) {
      ids?.delete(i32[at + HIGH] as number, i32[at + LOW] as number);
    }
  }

  /** @param length number of rows in the window before this one */
  #enter(block: number, s: number, slot: number, length: number): void {
    const { f64 } = this.#arena;
    const amount = this.#rows.amountOf(block, slot);
    const sum = this.#sumAt[s] as number;
    if (sum >= 0) f64[(block >> 1) + sum] = (f64[(block >> 1) + sum] as number) + amount;
    this.#enterMore(block, s, amount, length);
  }

  /** Updates what a window keeps in addition to its sum. */
  #enterMore(block: number, s: number, amount: number, length: number): void {
    const { i32, f64 } = this.#arena;
    const squares = this.#squaresAt[s] as number;
    if (squares >= 0) addSquare(f64, (block >> 1) + squares, amount, 1);
    const order = this.#order[s] as number;
    if (order < 0) return;
    if (capacityOf(i32, block) > LARGE_CAPACITY) this.#large.get(block)?.orders[order]?.insert(amount);
    else if (order < this.#layout.orderCount) insertOrdered(f64, this.#orderOf(block, order), length, amount);
  }

  /** Removes rows [from, to), the oldest of a window, from what it keeps in addition to its sum. */
  #leave(block: number, s: number, from: number, to: number): void {
    const { f64 } = this.#arena;
    const squares = this.#squaresAt[s] as number;
    for (let slot = from; squares >= 0 && slot < to; slot++) {
      addSquare(f64, (block >> 1) + squares, this.#rows.amountOf(block, slot), -1);
    }
    if ((this.#order[s] as number) >= 0) this.#leaveOrder(block, s, from, to);
  }

  #leaveOrder(block: number, s: number, from: number, to: number): void {
    const { i32, f64 } = this.#arena;
    const capacity = capacityOf(i32, block);
    const order = this.#order[s] as number;
    const chunks = capacity > LARGE_CAPACITY ? this.#large.get(block)?.orders[order] : undefined;
    if (capacity <= LARGE_CAPACITY && order >= this.#layout.orderCount) return;
    const length = this.endOf(block, s) - from;
    for (let i = 0; i < to - from; i++) {
      const amount = this.#rows.amountOf(block, from + i);
      if (capacity > LARGE_CAPACITY) chunks?.remove(amount);
      else removeOrdered(f64, this.#orderOf(block, order), length - i, amount);
    }
  }

  #orderOf(block: number, order: number): number {
    return (block >> 1) + orderAt(this.#layout, capacityOf(this.#arena.i32, block), order);
  }
}
