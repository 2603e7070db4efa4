import {
  AWAITS,
  AWAITS_BIT,
  capacityOf,
  END,
  FIRST,
  LARGE_CAPACITY,
  ID_WORDS,
  LINE_WORDS,
  orderAt,
  ROW_TIME,
  ROW_WORDS,
  rowsAt,
  SHAPE,
} from './ring-layout.js';
import type { Rings } from './rings.js';

/** Number of rings prefetched together. When the last header has been requested, the first one has arrived. */
const GROUP = 64;
/** Words read per ring in addition to those of its cursors. */
const OTHER_WORDS = 3;

/**
 * Reads rings before they are needed, so that they are in the processor's caches. With thousands of entities most of an
 * event's cost is memory latency. The headers of a group are read in one short loop, then the rows that will be needed.
 * No other work is done between the reads, so the processor waits for several rings at the same time.
 */
export class RingPrefetcher {
  readonly #rings: Rings;
  readonly #entities = new Int32Array(GROUP);
  /** First words of the entities' blocks. */
  readonly #blocks = new Int32Array(GROUP);
  /** Words to read. */
  readonly #words: Int32Array;
  /** Per cursor: its word, and half the age at which it moves, minus 1. */
  readonly #cursors: Int32Array;
  /** Word of the head of each window whose ordered amounts are in the block. */
  readonly #orderHeadAt: Int32Array;
  #count = 0;
  /** Time of the row last appended, low 32 bits, and by how much it has grown since the last prefetch. */
  #latest = 0;
  #growth = 0;
  /** Combination of all words read. Without a use of the values the optimizer would remove the reads. */
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

  /** Adds an entity that will receive a row soon. */
  add(entity: number): void {
    this.#entities[this.#count++] = entity;
    if (this.#count === GROUP) this.prefetch();
  }

  /** Prefetches the last group, which may be smaller. Call it before the first of its entities receives a row. */
  prefetch(): void {
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

  /**
   * Prefetches all rows of an entity that will be packed next. Rows of large rings are read sequentially, which the
   * hardware prefetches.
   */
  prefetchAll(entity: number): void {
    const { arena, layout } = this.#rings;
    const { i32 } = arena;
    const block = this.#rings.blockOf(entity);
    const capacity = capacityOf(i32, block);
    if (capacity > LARGE_CAPACITY) return;
    const rows = block + rowsAt(layout, capacity);
    const last = rows + ROW_WORDS * (i32[block + END] as number);
    let seen = i32[block + FIRST] as number;
    for (let row = rows; row < last; row += LINE_WORDS) {
      seen ^= (i32[row] as number) ^ (i32[row + ROW_WORDS * capacity] as number);
    }
    this.seen ^= seen;
  }

  /** Forgets the current group. Call it when one of its entities may have been removed. */
  clear(): void {
    this.#count = 0;
  }

  /** Reads the headers, and the filters of small rings after them. */
  #readHeaders(): number {
    const { i32 } = this.#rings.arena;
    const { headerWords } = this.#rings.layout;
    const blocks = this.#blocks;
    const count = this.#count;
    let seen = 0;
    for (let i = 0; i < count; i++) {
      const block = this.#rings.blockOf(this.#entities[i] as number);
      blocks[i] = block;
      seen ^= i32[block + headerWords] as number;
      for (let word = 0; word < headerWords; word += LINE_WORDS) seen ^= i32[block + word] as number;
    }
    return seen;
  }

  /**
   * Lists the words to read: known frauds if there are any, the places of new rows, and the rows of cursors that will
   * move. The loop has no branches, because a mispredicted branch would serialize the reads.
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
      const block = blocks[i] as number;
      const capacity = capacityOf(i32, block);
      const end = i32[block + END] as number;
      const rows = block + rowsAt(layout, capacity);
      words[listed++] = rows + ROW_WORDS * end;
      words[listed++] = rows + ROW_WORDS * capacity + ID_WORDS * end;
      words[listed] = block + FIRST;
      listed += ((i32[block + SHAPE] as number) & AWAITS) >>> AWAITS_BIT;
      for (let c = 0; c < cursors.length; c += 2) {
        const word = block + (cursors[c] as number);
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
      const block = this.#blocks[i] as number;
      const end = i32[block + END] as number;
      for (let order = 0; order < this.#orderHeadAt.length; order++) {
        const first = orderAt(layout, capacityOf(i32, block), order);
        const length = end - (i32[block + (this.#orderHeadAt[order] as number)] as number);
        const last = block + 2 * (first + length);
        for (let word = block + 2 * first; word < last; word += LINE_WORDS) seen ^= i32[word] as number;
      }
    }
    return seen;
  }
}
