import {
  AWAITS,
  AWAITS_BIT,
  capacityOf,
  END,
  FIRST,
  HOT_CAPACITY,
  ID_WORDS,
  LINE_WORDS,
  orderAt,
  ROW_TIME,
  ROW_WORDS,
  rowsAt,
  SHAPE,
} from './ring-layout.js';
import type { Rings } from './rings.js';

/** Rings brought near together: by the time the last one's header was asked for, the first one's has arrived. */
const GROUP = 64;
/** Words read of a ring besides those of its cursors. */
const OTHER_WORDS = 3;

/**
 * Brings rings into the processor's caches before they are needed. With thousands of entities the cost of an event is mostly waiting
 * for memory. The headers of a group are read in a short loop, then the rows that will be looked at: nothing else lies between the reads, so
 * that the processor waits for those of several rings together.
 */
export class NearRings {
  readonly #rings: Rings;
  readonly #entities = new Int32Array(GROUP);
  /** First words of their blocks. */
  readonly #blocks = new Int32Array(GROUP);
  /** Words to be read of them. */
  readonly #words: Int32Array;
  /** Per cursor: its word, and half the age at which it moves on, less 1. */
  readonly #cursors: Int32Array;
  /** Per window whose amounts lie in order in the block: word of its head. */
  readonly #orderHeadAt: Int32Array;
  #count = 0;
  /** Time of the row last appended, low 32 bits, and by how much it has grown since rings were brought before. */
  #latest = 0;
  #growth = 0;
  /** Something of all that was read: reads that come to nothing would be left out. */
  seen = 0;

  constructor(rings: Rings) {
    this.#rings = rings;
    const { layout, plan } = rings;
    const orders = Array.from({ length: layout.orderCount }, (_, i) =>
      plan.spans.findIndex(({ order }) => order === i),
    );
    this.#orderHeadAt = Int32Array.from(orders, (span) => layout.headAt[span] as number);
    const tails = plan.delays.map((delayMs, d) => [layout.tailAt[d] as number, (delayMs >>> 1) - 1]);
    const heads = plan.spans.map(({ edgeMs }, s) => [layout.headAt[s] as number, (edgeMs >>> 1) - 1]);
    this.#cursors = Int32Array.from([...tails, ...heads].flat());
    this.#words = new Int32Array(GROUP * (OTHER_WORDS + tails.length + heads.length) + 1);
  }

  /** To be called with each entity that will soon take in a row. */
  add(entity: number): void {
    this.#entities[this.#count++] = entity;
    if (this.#count === GROUP) this.bring();
  }

  /** To be called before the first of them takes one in: brings the last group, which may be smaller. */
  bring(): void {
    if (this.#count === 0) return;
    const { latest } = this.#rings;
    if (latest !== this.#latest) {
      this.#growth = latest - this.#latest;
      this.#latest = latest;
    }
    this.seen ^= this.#readHeaders() ^ this.#readWords(this.#listRows());
    if (this.#orderHeadAt.length > 0) this.seen ^= this.#readOrders();
    this.#count = 0;
  }

  /** Brings all rows of an entity that is about to be packed; those of long rings are read one behind the other soon enough. */
  bringAll(entity: number): void {
    const { arena, layout } = this.#rings;
    const { i32 } = arena;
    const p = this.#rings.blockOf(entity);
    const capacity = capacityOf(i32, p);
    if (capacity > HOT_CAPACITY) return;
    const rows = p + rowsAt(layout, capacity);
    const last = rows + ROW_WORDS * (i32[p + END] as number);
    let seen = i32[p + FIRST] as number;
    for (let row = rows; row < last; row += LINE_WORDS) {
      seen ^= (i32[row] as number) ^ (i32[row + ROW_WORDS * capacity] as number);
    }
    this.seen ^= seen;
  }

  /** To be called when one of them may be gone. */
  clear(): void {
    this.#count = 0;
  }

  /** The headers and, behind them, the filters of short rings. */
  #readHeaders(): number {
    const { i32 } = this.#rings.arena;
    const { headerWords } = this.#rings.layout;
    const blocks = this.#blocks;
    const count = this.#count;
    let seen = 0;
    for (let i = 0; i < count; i++) {
      const p = this.#rings.blockOf(this.#entities[i] as number);
      blocks[i] = p;
      seen ^= i32[p + headerWords] as number;
      for (let word = 0; word < headerWords; word += LINE_WORDS) seen ^= i32[p + word] as number;
    }
    return seen;
  }

  /**
   * Where to read: known frauds of rings that have some, where new rows will be, and the rows that cursors are at if they will move. Without
   * a branch: one not foreseen would end the waiting for several rings together.
   */
  #listRows(): number {
    const { arena, layout } = this.#rings;
    const { i32 } = arena;
    const blocks = this.#blocks;
    const words = this.#words;
    const cursors = this.#cursors;
    const time = (this.#latest + this.#growth) | 0;
    let listed = 0;
    for (let i = 0; i < this.#count; i++) {
      const p = blocks[i] as number;
      const capacity = capacityOf(i32, p);
      const end = i32[p + END] as number;
      const rows = p + rowsAt(layout, capacity);
      words[listed++] = rows + ROW_WORDS * end;
      words[listed++] = rows + ROW_WORDS * capacity + ID_WORDS * end;
      words[listed] = p + FIRST;
      listed += ((i32[p + SHAPE] as number) & AWAITS) >>> AWAITS_BIT;
      for (let c = 0; c < cursors.length; c += 2) {
        const word = p + (cursors[c] as number);
        words[listed] = rows + ROW_WORDS * (i32[word] as number);
        const age = (time - (i32[word + ROW_TIME] as number)) >>> 1;
        listed += ((cursors[c + 1] as number) - age) >>> 31;
      }
    }
    return listed;
  }

  #readWords(count: number): number {
    const { i32 } = this.#rings.arena;
    const words = this.#words;
    let seen = 0;
    for (let i = 0; i < count; i++) seen ^= i32[words[i] as number] as number;
    return seen;
  }

  #readOrders(): number {
    const { arena, layout } = this.#rings;
    const { i32 } = arena;
    let seen = 0;
    for (let i = 0; i < this.#count; i++) {
      const p = this.#blocks[i] as number;
      const end = i32[p + END] as number;
      for (let order = 0; order < this.#orderHeadAt.length; order++) {
        const first = orderAt(layout, capacityOf(i32, p), order);
        const length = end - (i32[p + (this.#orderHeadAt[order] as number)] as number);
        const last = p + 2 * (first + length);
        for (let word = p + 2 * first; word < last; word += LINE_WORDS) seen ^= i32[word] as number;
      }
    }
    return seen;
  }
}
