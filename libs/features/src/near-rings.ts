import { CAPACITY, END, ID_WORDS, LINE_WORDS, orderAt, ROW_WORDS, rowsAt } from './ring-layout.js';
import type { Rings } from './rings.js';

/** Rings brought near together: by the time the last one's header was asked for, the first one's has arrived. */
const GROUP = 64;

/**
 * Brings rings into the processor's caches before they are needed. With thousands of entities the cost of an event is mostly waiting
 * for memory. The rings of a group are read in two short loops, headers and then rows: nothing else lies between their reads, so that
 * the processor waits for those of several rings together.
 */
export class NearRings {
  readonly #rings: Rings;
  readonly #entities = new Int32Array(GROUP);
  /** First words of their blocks. */
  readonly #blocks = new Int32Array(GROUP);
  /** Words of a header that say where rows are compared with the next one. */
  readonly #cursorAt: Int32Array;
  /** Per window whose amounts lie in order in the block: word of its head. */
  readonly #orderHeadAt: Int32Array;
  #count = 0;
  /** Something of all that was read: reads that come to nothing would be left out. */
  seen = 0;

  constructor(rings: Rings) {
    this.#rings = rings;
    const { layout, plan } = rings;
    const orders = Array.from({ length: layout.orderCount }, (_, i) =>
      plan.spans.findIndex(({ order }) => order === i),
    );
    this.#orderHeadAt = Int32Array.from(orders, (span) => layout.headAt[span] as number);
    this.#cursorAt = Int32Array.from([...rings.layout.tailAt, ...rings.layout.headAt]);
  }

  /** To be called with each entity that will soon take in a row. */
  add(entity: number): void {
    this.#entities[this.#count++] = entity;
    if (this.#count === GROUP) this.bring();
  }

  /** To be called before the first of them takes one in: brings the last group, which may be smaller. */
  bring(): void {
    if (this.#count === 0) return;
    this.seen ^= this.#readHeaders() ^ this.#readRows();
    if (this.#orderHeadAt.length > 0) this.seen ^= this.#readOrders();
    this.#count = 0;
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

  /** What the next rows will be compared with, what follows if that is passed, and where they will be. */
  #readRows(): number {
    const { arena, layout } = this.#rings;
    const { i32 } = arena;
    const blocks = this.#blocks;
    const cursors = this.#cursorAt;
    const count = this.#count;
    let seen = 0;
    for (let i = 0; i < count; i++) {
      const p = blocks[i] as number;
      const capacity = i32[p + CAPACITY] as number;
      const end = i32[p + END] as number;
      const rows = p + rowsAt(layout, capacity);
      seen ^= i32[rows + ROW_WORDS * end] as number;
      seen ^= i32[rows + ROW_WORDS * capacity + ID_WORDS * end] as number;
      for (let c = 0; c < cursors.length; c++) {
        const row = rows + ROW_WORDS * (i32[p + (cursors[c] as number)] as number);
        seen ^= (i32[row] as number) ^ (i32[row + ROW_WORDS] as number);
      }
    }
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
        const first = orderAt(layout, i32[p + CAPACITY] as number, order);
        const length = end - (i32[p + (this.#orderHeadAt[order] as number)] as number);
        const last = p + 2 * (first + length);
        for (let word = p + 2 * first; word < last; word += LINE_WORDS) seen ^= i32[word] as number;
      }
    }
    return seen;
  }
}
