import type { Arena } from './arena.js';
import type { HotRings, RingParts } from './hot-rings.js';
import { insertOrdered, removeOrdered } from './ordered-amounts.js';
import {
  AMOUNT,
  ATTRIBUTE_BITS,
  capacityOf,
  END,
  FIRST,
  HIGH,
  HOT_CAPACITY,
  ID_WORDS,
  LET_GO_SHIFT,
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
import { addSquare } from './square-sums.js';
import { CURSOR_STEP, cursorsOf, HEAD, keepMore, SUM_ONLY, TAIL } from './window-cursors.js';

/** Ages and times are kept in 32 bits, 49.7 days. */
const MAX_U32 = 2 ** 32 - 1;
const LET_GO_MASK = -(1 << LET_GO_SHIFT);
/** After which no time since rows were let go of is relied on. */
const LONG_MS = 2 ** 31;

/**
 * Running numbers of rings' windows as of their newest rows: per delay a tail, per window a head, and sums of whole numbers
 * from which what leaves is subtracted: exact, and O(1) amortised per row. `p` is the first word of a ring's block.
 */
export class RingWindows {
  readonly #arena: Arena;
  readonly #layout: RingLayout;
  readonly #hot: HotRings;
  readonly #rows: RingRows;
  /** See `cursorsOf`. */
  readonly #cursors: Int32Array;
  readonly #retentionMs: number;
  /** How long rows need not be let go of, in units of the shape's time: so long that no age exceeds 32 bits. */
  readonly #lag: number;
  /** Per window: word of its head and of where it ends, its reach, and which numbers are kept: −1 = not kept. */
  readonly #headAt: Int32Array;
  readonly #endAt: Int32Array;
  readonly #delayMs: Float64Array;
  readonly #edgeMs: Float64Array;
  readonly #sumAt: Int32Array;
  readonly #squaresAt: Int32Array;
  readonly #order: Int32Array;
  /** Of the windows that reach up to now: doubles of their sums, and which of them keep more. */
  readonly #sumsNow: Int32Array;
  readonly #moreNow: Int32Array;
  /** As `#moreNow`, in rings of very many rows. */
  readonly #moreNowHot: Int32Array;
  readonly #delays: readonly number[];

  constructor({ arena, plan, layout, rows }: RingParts, hot: HotRings, retentionMs: number) {
    const { spans, delays } = plan;
    this.#arena = arena;
    this.#layout = layout;
    this.#hot = hot;
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
    this.#moreNowHot = reachingNow(keepMore(spans, Infinity));
    this.#delays = delays;
    this.#retentionMs = retentionMs;
    this.#lag = Math.floor((MAX_U32 - retentionMs) / 2 ** LET_GO_SHIFT) - 1;
    this.#cursors = cursorsOf(plan, layout);
  }

  /** Slot behind the last row of a window. */
  endOf(p: number, s: number): number {
    return this.#arena.i32[p + (this.#endAt[s] as number)] as number;
  }

  /** To be called before a ring's first row is appended. */
  begin(p: number, timeMs: number): void {
    const { i32 } = this.#arena;
    const cursors = this.#cursors;
    for (let c = 0; c < cursors.length; c += CURSOR_STEP) i32[p + (cursors[c] as number) + ROW_TIME] = timeMs | 0;
    this.#noteLetGo(p, timeMs | 0);
  }

  /**
   * Moves on by `deltaMs` from the newest row's time, to that of a row about to be appended: rows enter at the tails and leave at the heads.
   * Rows are looked at only by cursors that move: the header has the times of those they are at.
   */
  advance(p: number, deltaMs: number): void {
    const { i32, f64 } = this.#arena;
    const q = p >> 1;
    const newest = f64[q + NEWEST_AT] as number;
    const now = newest | 0;
    const next = (newest + deltaMs) | 0;
    const movedMs = deltaMs < MAX_U32 ? deltaMs >>> 0 : MAX_U32;
    const shape = i32[p + SHAPE] as number;
    const capacity = capacityOf(i32, p);
    const isHot = capacity > HOT_CAPACITY;
    const isWide = (shape & WIDE) !== 0;
    const rows = p + rowsAt(this.#layout, capacity);
    const cursors = this.#cursors;
    for (let c = 0; c < cursors.length; c += CURSOR_STEP) {
      const word = p + (cursors[c] as number);
      const passMs = (cursors[c + 2] as number) >>> 0;
      const leastMs = passMs > movedMs ? (passMs - movedMs) >>> 0 : 0;
      if ((now - (i32[word + ROW_TIME] as number)) >>> 0 < leastMs) continue;
      const stop = i32[p + (cursors[c + 1] as number)] as number;
      const from = i32[word] as number;
      let slot = from;
      let row = rows + ROW_WORDS * from;
      let left = 0;
      while (slot < stop && (now - (i32[row + TIME] as number)) >>> 0 >= leastMs) {
        left += isWide ? this.#rows.amountOf(p, slot) : (i32[row + AMOUNT] as number) >>> ATTRIBUTE_BITS;
        slot++;
        row += ROW_WORDS;
      }
      i32[word] = slot;
      i32[word + ROW_TIME] = slot === i32[p + END] ? next : (i32[row + TIME] as number);
      const sum = cursors[c + 3] as number;
      if (sum >= 0) f64[q + sum] = (f64[q + sum] as number) - left;
      const is = cursors[c + 4] as number;
      if (is === SUM_ONLY) continue;
      if (is === TAIL) this.#passedTail(p, cursors[c] as number, from, slot);
      else if (is === HEAD || isHot) this.#leave(p, cursors[c + 5] as number, from, slot);
    }
    const lag = ((next & LET_GO_MASK) - (shape & LET_GO_MASK)) >>> LET_GO_SHIFT;
    if (lag >= this.#lag || isHot || movedMs >= LONG_MS) this.letGo(p, deltaMs);
  }

  /**
   * Lets go of the rows that are too old `deltaMs` after the newest one. `FIRST` may lag behind until this is called: whoever wants to know
   * which rows are held calls it before.
   */
  letGo(p: number, deltaMs: number): void {
    const { i32, f64 } = this.#arena;
    const newest = f64[(p >> 1) + NEWEST_AT] as number;
    const now = newest | 0;
    const leastMs = this.#retentionMs - deltaMs;
    const end = i32[p + END] as number;
    const from = i32[p + FIRST] as number;
    let slot = from;
    let row = p + rowsAt(this.#layout, capacityOf(i32, p)) + TIME + ROW_WORDS * from;
    while (slot < end && (now - (i32[row] as number)) >>> 0 >= leastMs) {
      slot++;
      row += ROW_WORDS;
    }
    this.#noteLetGo(p, (newest + deltaMs) | 0);
    if (slot === from) return;
    i32[p + FIRST] = slot;
    this.#forget(p, from, slot);
  }

  #noteLetGo(p: number, time: number): void {
    const { i32 } = this.#arena;
    i32[p + SHAPE] = ((i32[p + SHAPE] as number) & ~LET_GO_MASK) | (time & LET_GO_MASK);
  }

  /** Counts the row just appended in the windows that reach up to now. */
  enterNewest(p: number, amount: number): void {
    const { i32, f64 } = this.#arena;
    const q = p >> 1;
    const sums = this.#sumsNow;
    for (let i = 0; i < sums.length; i++) {
      const at = q + (sums[i] as number);
      f64[at] = (f64[at] as number) + amount;
    }
    const spans = capacityOf(i32, p) > HOT_CAPACITY ? this.#moreNowHot : this.#moreNow;
    const slot = (i32[p + END] as number) - 1;
    for (let i = 0; i < spans.length; i++) {
      const s = spans[i] as number;
      this.#enterMore(p, s, amount, slot - (i32[p + (this.#headAt[s] as number)] as number));
    }
  }

  /** Takes in a row inserted at `slot`, `ageMs` older than the newest: ends behind it have moved one up. */
  insertLate(p: number, slot: number, ageMs: number): void {
    const { i32 } = this.#arena;
    for (let s = 0; s < this.#headAt.length; s++) {
      const word = p + (this.#headAt[s] as number);
      const before = this.endOf(p, s) - (this.#endAt[s] === END ? 1 : 0);
      if (ageMs >= (this.#edgeMs[s] as number)) i32[word] = (i32[word] as number) + 1;
      else if (ageMs >= (this.#delayMs[s] as number)) this.#enter(p, s, slot, before - (i32[word] as number));
    }
    this.#layout.tailAt.forEach((tail, d) => {
      if (ageMs >= (this.#delays[d] as number)) i32[p + tail] = (i32[p + tail] as number) + 1;
    });
    this.#noteTimes(p);
  }

  /** Notes the times of the rows that cursors are at. */
  #noteTimes(p: number): void {
    const { i32 } = this.#arena;
    const cursors = this.#cursors;
    for (let c = 0; c < cursors.length; c += CURSOR_STEP) {
      const word = p + (cursors[c] as number);
      i32[word + ROW_TIME] = i32[this.#rows.at(p, i32[word] as number) + TIME] as number;
    }
  }

  /** Finds ends and numbers of a ring just unpacked. */
  rebuild(p: number): void {
    const { i32 } = this.#arena;
    const first = i32[p + FIRST] as number;
    const end = i32[p + END] as number;
    for (let s = 0; s < this.#headAt.length; s++) {
      i32[p + (this.#headAt[s] as number)] = first;
      if (this.#endAt[s] !== END) continue;
      for (let slot = first; slot < end; slot++) this.#enter(p, s, slot, slot - first);
    }
    for (const word of this.#layout.tailAt) i32[p + word] = first;
    this.#noteTimes(p);
    this.advance(p, 0);
    this.letGo(p, 0);
  }

  #passedTail(p: number, tail: number, from: number, to: number): void {
    const { i32 } = this.#arena;
    for (let s = 0; s < this.#endAt.length; s++) {
      if (this.#endAt[s] !== tail) continue;
      const head = i32[p + (this.#headAt[s] as number)] as number;
      for (let slot = from; slot < to; slot++) this.#enter(p, s, slot, slot - head);
    }
  }

  /** Only long rings have a table of their ids. */
  #forget(p: number, from: number, to: number): void {
    const { i32 } = this.#arena;
    if (capacityOf(i32, p) <= HOT_CAPACITY) return;
    const ids = this.#hot.get(p)?.ids;
    const end = this.#rows.idAt(p, to);
    for (let at = this.#rows.idAt(p, from); at < end; at += ID_WORDS) {
      ids?.delete(i32[at + HIGH] as number, i32[at + LOW] as number);
    }
  }

  /** @param length rows in the window before this one */
  #enter(p: number, s: number, slot: number, length: number): void {
    const { f64 } = this.#arena;
    const amount = this.#rows.amountOf(p, slot);
    const sum = this.#sumAt[s] as number;
    if (sum >= 0) f64[(p >> 1) + sum] = (f64[(p >> 1) + sum] as number) + amount;
    this.#enterMore(p, s, amount, length);
  }

  /** What a window keeps besides its sum. */
  #enterMore(p: number, s: number, amount: number, length: number): void {
    const { i32, f64 } = this.#arena;
    const squares = this.#squaresAt[s] as number;
    if (squares >= 0) addSquare(f64, (p >> 1) + squares, amount, 1);
    const order = this.#order[s] as number;
    if (order < 0) return;
    if (capacityOf(i32, p) > HOT_CAPACITY) this.#hot.get(p)?.orders[order]?.insert(amount);
    else if (order < this.#layout.orderCount) insertOrdered(f64, this.#orderOf(p, order), length, amount);
  }

  /** Rows [from, to) leave a window that begins with them: what it keeps besides its sum. */
  #leave(p: number, s: number, from: number, to: number): void {
    const { f64 } = this.#arena;
    const squares = this.#squaresAt[s] as number;
    for (let slot = from; squares >= 0 && slot < to; slot++) {
      addSquare(f64, (p >> 1) + squares, this.#rows.amountOf(p, slot), -1);
    }
    if ((this.#order[s] as number) >= 0) this.#leaveOrder(p, s, from, to);
  }

  #leaveOrder(p: number, s: number, from: number, to: number): void {
    const { i32, f64 } = this.#arena;
    const capacity = capacityOf(i32, p);
    const order = this.#order[s] as number;
    const chunks = capacity > HOT_CAPACITY ? this.#hot.get(p)?.orders[order] : undefined;
    if (capacity <= HOT_CAPACITY && order >= this.#layout.orderCount) return;
    const length = this.endOf(p, s) - from;
    for (let i = 0; i < to - from; i++) {
      const amount = this.#rows.amountOf(p, from + i);
      if (capacity > HOT_CAPACITY) chunks?.remove(amount);
      else removeOrdered(f64, this.#orderOf(p, order), length - i, amount);
    }
  }

  #orderOf(p: number, order: number): number {
    return (p >> 1) + orderAt(this.#layout, capacityOf(this.#arena.i32, p), order);
  }
}
