import { Arena } from '../memory/arena.js';
import { mayBeSameCounterpart } from '../plan/counterpart.js';
import type { EntityPlan } from '../plan/entity-plan.js';
import { type LargeRing, LargeRings } from './large-rings.js';
import {
  AWAITS,
  BASE,
  blockWords,
  capacityOf,
  capacityFor,
  END,
  FIRST,
  LARGE_CAPACITY,
  KNOWN_WORDS,
  layOut,
  NEWEST_AT,
  type RingLayout,
  PHYSICAL,
  rowsAt,
  SEGMENTED,
  SHAPE,
  shapeWith,
  WIDE,
} from './ring-layout.js';
import { isNarrow, NOT_FOUND, RingRows } from './ring-rows.js';
import { RingWindows } from './ring-windows.js';
import type { StateEvent } from '../plan/state-event.js';

/**
 * Ring buffers of all entities of one kind. A ring holds an entity's transactions ordered by (time, arrival) for all
 * windows. slot + base is a row's sequence number; it stays the same when the block moves.
 */
export class Rings {
  readonly arena = new Arena();
  readonly plan: EntityPlan;
  readonly layout: RingLayout;
  readonly rows: RingRows;
  readonly windows: RingWindows;
  /** Low 32 bits of the time of the row appended last, to any ring. */
  latest = 0;
  readonly #large: LargeRings;
  #blocks = new Int32Array(64);
  #count = 0;
  readonly #freeEntities: number[] = [];

  constructor(plan: EntityPlan, retentionMs: number) {
    this.plan = plan;
    this.layout = layOut(plan);
    this.rows = new RingRows(this.arena, this.layout);
    const parts = { arena: this.arena, plan, layout: this.layout, rows: this.rows };
    this.#large = new LargeRings(parts);
    this.windows = new RingWindows(parts, this.#large, retentionMs);
  }

  /** Opens an empty ring with capacity for at least `rows` rows. @returns its number, small and dense */
  open(rows: number, isWide: boolean): number {
    const entity = this.#freeEntities.pop() ?? this.#count++;
    if (entity === this.#blocks.length) {
      const grown = new Int32Array(2 * entity);
      grown.set(this.#blocks);
      this.#blocks = grown;
    }
    this.#blocks[entity] = this.#allocate(capacityFor(rows), isWide);
    return entity;
  }

  close(entity: number): void {
    const block = this.blockOf(entity);
    this.#large.delete(block);
    this.#free(block);
    this.#freeEntities.push(entity);
  }

  /** First word of an entity's block. It is valid until the next row is added. */
  blockOf(entity: number): number {
    return this.#blocks[entity] as number;
  }

  /** Amount of the newest row. The ring must not be empty. */
  newestAmountOf(block: number): number {
    return this.rows.amountOf(block, (this.arena.i32[block + END] as number) - 1);
  }

  largeOf(block: number): LargeRing | undefined {
    return this.#large.get(block);
  }

  /** Bytes used by the rings, in the arena and outside of it. */
  get usedBytes(): number {
    return this.arena.usedBytes + this.#large.byteLength;
  }

  bytesOf(entity: number): number {
    return 4 * this.#wordsOf(this.blockOf(entity));
  }

  /** True if a row held has this id. Small rings test a filter first, large ones have a table. */
  holds(block: number, hi: number, lo: number): boolean {
    const { i32 } = this.arena;
    const capacity = capacityOf(i32, block);
    const large = capacity > LARGE_CAPACITY ? this.#large.get(block) : undefined;
    if (large !== undefined) return large.ids.has(hi, lo);
    if (!this.rows.mayHold(block, hi | 0, lo | 0)) return false;
    const slot = this.rows.search(block, hi | 0, lo | 0);
    if (slot === NOT_FOUND) return false;
    this.windows.evict(block, 0);
    return slot >= (i32[block + FIRST] as number);
  }

  /** Slot of an id, or `NOT_FOUND`. Searches at the event's time first. */
  find(block: number, event: Pick<StateEvent, 'idHash' | 'occurredAtMs'>): number {
    const { hi, lo } = event.idHash;
    const slot = this.#findAtItsTime(block, event);
    if (slot !== NOT_FOUND) return slot;
    return this.holds(block, hi, lo) ? this.rows.search(block, hi | 0, lo | 0) : NOT_FOUND;
  }

  /** True if the row with the event's id has the same time and amount and, as far as known, the same counterpart. */
  isRepeat(block: number, event: StateEvent, counterpartBits: number): boolean {
    const slot = this.#findAtItsTime(block, event);
    if (slot === NOT_FOUND || this.rows.amountOf(block, slot) !== event.amountMinor) return false;
    return mayBeSameCounterpart(this.rows.attributesOf(block, slot), event.counterpart ?? 0, counterpartBits);
  }

  #findAtItsTime(
    block: number,
    { idHash: { hi, lo }, occurredAtMs }: Pick<StateEvent, 'idHash' | 'occurredAtMs'>,
  ): number {
    this.windows.evict(block, 0);
    const first = this.arena.i32[block + FIRST] as number;
    for (let slot = this.rows.upperBound(block, occurredAtMs) - 1; slot >= first; slot--) {
      if (this.rows.timeOf(block, slot) !== occurredAtMs) break;
      if (this.rows.loOf(block, slot) === (lo | 0) && this.rows.hiOf(block, slot) === (hi | 0)) return slot;
    }
    return NOT_FOUND;
  }

  /** Adds a row that is not older than the newest one. */
  append(entity: number, event: StateEvent, attributes: number): void {
    const block = this.#withSpace(entity, event.amountMinor);
    const { i32, f64 } = this.arena;
    const time = event.occurredAtMs;
    const newestAt = (block >> 1) + NEWEST_AT;
    if (i32[block + END] === 0) this.windows.begin(block, time);
    else this.windows.advance(block, time - (f64[newestAt] as number));
    f64[newestAt] = time + 0;
    this.latest = time | 0;
    this.#write(block, i32[block + END] as number, event, attributes);
    i32[block + END] = (i32[block + END] as number) + 1;
    this.windows.enterNewest(block, event.amountMinor + 0);
  }

  /** Adds a row older than the newest one. Later rows move up by one slot. @returns its slot */
  insert(entity: number, event: StateEvent, attributes: number): number {
    const block = this.#withSpace(entity, event.amountMinor);
    const { i32 } = this.arena;
    const slot = this.rows.upperBound(block, event.occurredAtMs);
    this.rows.copy({ block, from: slot, end: i32[block + END] as number }, block, slot + 1);
    this.#write(block, slot, event, attributes);
    i32[block + END] = (i32[block + END] as number) + 1;
    this.windows.insertLate(block, slot, this.rows.newestOf(block) - event.occurredAtMs);
    return slot;
  }

  /** Number of rows held. */
  lengthOf(block: number): number {
    this.windows.evict(block, 0);
    return (this.arena.i32[block + END] as number) - (this.arena.i32[block + FIRST] as number);
  }

  has(block: number, flag: number): boolean {
    return ((this.arena.i32[block + SHAPE] as number) & flag) !== 0;
  }

  setFlag(block: number, flag: number, isSet: boolean): void {
    const { i32 } = this.arena;
    const others = (i32[block + SHAPE] as number) & ~flag;
    i32[block + SHAPE] = isSet ? others | flag : others;
  }

  /** True if the set of known frauds may have changed since it was last computed. */
  isDue(block: number): boolean {
    const { f64 } = this.arena;
    if (!this.has(block, AWAITS)) return false;
    return (f64[(block >> 1) + this.layout.dueAt] as number) <= (f64[(block >> 1) + NEWEST_AT] as number);
  }

  setDue(block: number, atMs: number): void {
    const { dueAt } = this.layout;
    if (dueAt === 0) return;
    this.arena.f64[(block >> 1) + dueAt] = atMs;
    this.setFlag(block, AWAITS, atMs < Infinity);
  }

  /** Sequence number of slot 0. */
  baseOf(block: number): number {
    return this.arena.i32[block + BASE] as number;
  }

  /** First stored slot. A ring with several segments keeps evicted rows until their whole segment is dropped. */
  physicalOf(block: number): number {
    return this.arena.i32[block + (this.has(block, SEGMENTED) ? PHYSICAL : FIRST)] as number;
  }

  /** Sets the number of segments and the first stored slot. */
  setSegments(block: number, segments: number, physical: number): void {
    this.setFlag(block, SEGMENTED, segments > 0);
    this.arena.i32[block + PHYSICAL] = physical;
  }

  /** Recomputes filter, id table and windows of a ring whose rows were written from outside. */
  rebuild(block: number): void {
    this.#large.rebuild(block);
    this.rows.filter(block);
    this.windows.rebuild(block);
  }

  #write(block: number, slot: number, event: StateEvent, attributes: number): void {
    this.rows.write(block, slot, event, attributes);
    if (capacityOf(this.arena.i32, block) > LARGE_CAPACITY) {
      this.#large.get(block)?.ids.add(event.idHash.hi, event.idHash.lo);
    }
  }

  /** The entity's block, with space for one more row of this amount. */
  #withSpace(entity: number, amountMinor: number): number {
    if (!isNarrow(amountMinor) && !this.has(this.blockOf(entity), WIDE)) this.#widen(entity);
    const block = this.blockOf(entity);
    const { i32 } = this.arena;
    const capacity = capacityOf(i32, block);
    if ((i32[block + END] as number) < capacity) return block;
    this.windows.evict(block, 0);
    const wanted = capacityFor((i32[block + END] as number) - this.physicalOf(block));
    if (wanted > capacity || wanted * 2 <= capacity) return this.#reallocate(entity, wanted, this.has(block, WIDE));
    this.#toFront(block, block);
    return block;
  }

  #widen(entity: number): void {
    this.#reallocate(entity, capacityOf(this.arena.i32, this.blockOf(entity)), true);
  }

  #wordsOf(block: number): number {
    return blockWords(this.layout, capacityOf(this.arena.i32, block), this.has(block, WIDE));
  }

  #allocate(capacity: number, isWide: boolean): number {
    const { rareWords } = this.layout;
    const words = blockWords(this.layout, capacity, isWide);
    const block = rareWords + this.arena.allocate(words, rareWords + rowsAt(this.layout, capacity));
    this.arena.i32[block + SHAPE] = shapeWith(isWide ? WIDE : 0, capacity);
    this.setDue(block, Infinity);
    return block;
  }

  #free(block: number): void {
    this.arena.free(block - this.layout.rareWords, this.#wordsOf(block));
  }

  /** Moves an entity's ring to a block of another size. */
  #reallocate(entity: number, capacity: number, isWide: boolean): number {
    const from = this.blockOf(entity);
    const block = this.#allocate(capacity, isWide);
    const { i32 } = this.arena;
    const { rareWords, headerWords } = this.layout;
    i32.copyWithin(block - rareWords, from - rareWords, from + headerWords);
    i32[block + SHAPE] = shapeWith(i32[block + SHAPE] as number, capacity);
    this.setFlag(block, WIDE, isWide);
    this.#toFront(from, block);
    this.#blocks[entity] = block;
    this.#large.move(from, block);
    this.#free(from);
    return block;
  }

  /** Moves the rows of block `from` to the front of `block`, whose header is a copy. */
  #toFront(from: number, block: number): void {
    const { i32 } = this.arena;
    const shift = this.physicalOf(block);
    this.rows.copy({ block: from, from: shift, end: i32[block + END] as number }, block, 0);
    const { headAt, tailAt, knownAt } = this.layout;
    i32[block + PHYSICAL] = 0;
    i32[block + FIRST] = (i32[block + FIRST] as number) - shift;
    i32[block + END] = (i32[block + END] as number) - shift;
    for (let s = 0; s < headAt.length; s++) this.#moveDown(block + (headAt[s] as number), shift);
    for (let d = 0; d < tailAt.length; d++) this.#moveDown(block + (tailAt[d] as number), shift);
    for (let s = 0; s < knownAt.length; s++) {
      if (knownAt[s] !== 0) this.#moveDown(block + (knownAt[s] as number) + KNOWN_WORDS - 2, shift);
    }
    this.#moveDown(block + BASE, -shift);
    this.rows.filter(block);
  }

  #moveDown(word: number, shift: number): void {
    this.arena.i32[word] = (this.arena.i32[word] as number) - shift;
  }
}
