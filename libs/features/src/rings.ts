import { Arena } from './arena.js';
import { mayBeSameCounterpart } from './counterpart.js';
import type { EntityPlan } from './entity-plan.js';
import { type HotRing, HotRings } from './hot-rings.js';
import {
  AWAITS,
  BASE,
  blockWords,
  capacityOf,
  capacityFor,
  END,
  FIRST,
  HOT_CAPACITY,
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
import type { StateEvent } from './state-event.js';

/**
 * The rings of all entities of one kind: per entity its transactions ordered by (time, arrival), shared by all its windows.
 * A row is at a slot of its ring's block; slot + base is its sequence number, which outlives moves of the block.
 */
export class Rings {
  readonly arena = new Arena();
  readonly plan: EntityPlan;
  readonly layout: RingLayout;
  readonly rows: RingRows;
  readonly windows: RingWindows;
  /** Low 32 bits of the time of the row last appended, of whatever entity. */
  latest = 0;
  readonly #hot: HotRings;
  #blocks = new Int32Array(64);
  #count = 0;
  readonly #freeEntities: number[] = [];

  constructor(plan: EntityPlan, retentionMs: number) {
    this.plan = plan;
    this.layout = layOut(plan);
    this.rows = new RingRows(this.arena, this.layout);
    const parts = { arena: this.arena, plan, layout: this.layout, rows: this.rows };
    this.#hot = new HotRings(parts);
    this.windows = new RingWindows(parts, this.#hot, retentionMs);
  }

  /** A ring with room for so many rows, without any. @returns its number, small and dense. */
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
    const p = this.blockOf(entity);
    this.#hot.delete(p);
    this.#free(p);
    this.#freeEntities.push(entity);
  }

  /** First word of an entity's block; valid until the next row is taken in. */
  blockOf(entity: number): number {
    return this.#blocks[entity] as number;
  }

  /** Amount of the newest row, of which there must be one. */
  newestAmountOf(p: number): number {
    return this.rows.amountOf(p, (this.arena.i32[p + END] as number) - 1);
  }

  hotOf(p: number): HotRing | undefined {
    return this.#hot.get(p);
  }

  /** Bytes that the rings in memory take up, in their blocks and beside them. */
  get usedBytes(): number {
    return this.arena.usedBytes + this.#hot.byteLength;
  }

  bytesOf(entity: number): number {
    return 4 * this.#wordsOf(this.blockOf(entity));
  }

  /** True if a row held has this id. Short rings have a filter of their ids, long ones a table. */
  holds(p: number, hi: number, lo: number): boolean {
    const { i32 } = this.arena;
    const capacity = capacityOf(i32, p);
    const hot = capacity > HOT_CAPACITY ? this.#hot.get(p) : undefined;
    if (hot !== undefined) return hot.ids.has(hi, lo);
    if (!this.rows.mayHold(p, hi | 0, lo | 0)) return false;
    const slot = this.rows.search(p, hi | 0, lo | 0);
    if (slot === NOT_FOUND) return false;
    this.windows.letGo(p, 0);
    return slot >= (i32[p + FIRST] as number);
  }

  /** Slot of an id, or `NOT_FOUND`: looked for at its time first. */
  find(p: number, event: Pick<StateEvent, 'idHash' | 'occurredAtMs'>): number {
    const { hi, lo } = event.idHash;
    const slot = this.#findAtItsTime(p, event);
    if (slot !== NOT_FOUND) return slot;
    return this.holds(p, hi, lo) ? this.rows.search(p, hi | 0, lo | 0) : NOT_FOUND;
  }

  /** Whether the row held under an event's id is the same transaction: of the same time, amount and, as far as known, counterpart. */
  isRepeat(p: number, event: StateEvent, counterpartBits: number): boolean {
    const slot = this.#findAtItsTime(p, event);
    if (slot === NOT_FOUND || this.rows.amountOf(p, slot) !== event.amountMinor) return false;
    return mayBeSameCounterpart(this.rows.attributesOf(p, slot), event.counterpart ?? 0, counterpartBits);
  }

  #findAtItsTime(p: number, { idHash: { hi, lo }, occurredAtMs }: Pick<StateEvent, 'idHash' | 'occurredAtMs'>): number {
    this.windows.letGo(p, 0);
    const first = this.arena.i32[p + FIRST] as number;
    for (let slot = this.rows.upperBound(p, occurredAtMs) - 1; slot >= first; slot--) {
      if (this.rows.timeOf(p, slot) !== occurredAtMs) break;
      if (this.rows.loOf(p, slot) === (lo | 0) && this.rows.hiOf(p, slot) === (hi | 0)) return slot;
    }
    return NOT_FOUND;
  }

  /** Takes in a row that is not older than the newest. */
  append(entity: number, event: StateEvent, attributes: number): void {
    const p = this.#withRoom(entity, event.amountMinor);
    const { i32, f64 } = this.arena;
    const time = event.occurredAtMs;
    const newestAt = (p >> 1) + NEWEST_AT;
    if (i32[p + END] === 0) this.windows.begin(p, time);
    else this.windows.advance(p, time - (f64[newestAt] as number));
    f64[newestAt] = time + 0;
    this.latest = time | 0;
    this.#write(p, i32[p + END] as number, event, attributes);
    i32[p + END] = (i32[p + END] as number) + 1;
    this.windows.enterNewest(p, event.amountMinor + 0);
  }

  /** Takes in a row older than the newest. @returns its slot; later rows have moved one up. */
  insert(entity: number, event: StateEvent, attributes: number): number {
    const p = this.#withRoom(entity, event.amountMinor);
    const { i32 } = this.arena;
    const slot = this.rows.upperBound(p, event.occurredAtMs);
    this.rows.copy({ p, from: slot, end: i32[p + END] as number }, p, slot + 1);
    this.#write(p, slot, event, attributes);
    i32[p + END] = (i32[p + END] as number) + 1;
    this.windows.insertLate(p, slot, this.rows.newestOf(p) - event.occurredAtMs);
    return slot;
  }

  /** Number of rows held. */
  lengthOf(p: number): number {
    this.windows.letGo(p, 0);
    return (this.arena.i32[p + END] as number) - (this.arena.i32[p + FIRST] as number);
  }

  has(p: number, flag: number): boolean {
    return ((this.arena.i32[p + SHAPE] as number) & flag) !== 0;
  }

  setFlag(p: number, flag: number, isSet: boolean): void {
    const { i32 } = this.arena;
    const others = (i32[p + SHAPE] as number) & ~flag;
    i32[p + SHAPE] = isSet ? others | flag : others;
  }

  /** True if the known frauds may be others as of the newest row than when they were last looked for. */
  isDue(p: number): boolean {
    const { f64 } = this.arena;
    if (!this.has(p, AWAITS)) return false;
    return (f64[(p >> 1) + this.layout.dueAt] as number) <= (f64[(p >> 1) + NEWEST_AT] as number);
  }

  setDue(p: number, atMs: number): void {
    const { dueAt } = this.layout;
    if (dueAt === 0) return;
    this.arena.f64[(p >> 1) + dueAt] = atMs;
    this.setFlag(p, AWAITS, atMs < Infinity);
  }

  /** Sequence number of slot 0: that of a row outlives moves of the block. */
  baseOf(p: number): number {
    return this.arena.i32[p + BASE] as number;
  }

  /** First slot stored: a ring of several segments keeps rows it has let go of until their segment goes. */
  physicalOf(p: number): number {
    return this.arena.i32[p + (this.has(p, SEGMENTED) ? PHYSICAL : FIRST)] as number;
  }

  /** Says how many segments a ring has, and where the first stored row is. */
  setSegments(p: number, segments: number, physical: number): void {
    this.setFlag(p, SEGMENTED, segments > 0);
    this.arena.i32[p + PHYSICAL] = physical;
  }

  /** To be called when a ring was filled from outside: makes windows and, for a long ring, its table. */
  rebuild(p: number): void {
    this.#hot.rebuild(p);
    this.rows.filter(p);
    this.windows.rebuild(p);
  }

  #write(p: number, slot: number, event: StateEvent, attributes: number): void {
    this.rows.write(p, slot, event, attributes);
    if (capacityOf(this.arena.i32, p) > HOT_CAPACITY) {
      this.#hot.get(p)?.ids.add(event.idHash.hi, event.idHash.lo);
    }
  }

  /** The entity's block with room for one more row of this amount. */
  #withRoom(entity: number, amountMinor: number): number {
    if (!isNarrow(amountMinor) && !this.has(this.blockOf(entity), WIDE)) this.#widen(entity);
    const p = this.blockOf(entity);
    const { i32 } = this.arena;
    const capacity = capacityOf(i32, p);
    if ((i32[p + END] as number) < capacity) return p;
    this.windows.letGo(p, 0);
    const wanted = capacityFor((i32[p + END] as number) - this.physicalOf(p));
    if (wanted > capacity || wanted * 2 <= capacity) return this.#reallocate(entity, wanted, this.has(p, WIDE));
    this.#toFront(p, p);
    return p;
  }

  #widen(entity: number): void {
    this.#reallocate(entity, capacityOf(this.arena.i32, this.blockOf(entity)), true);
  }

  #wordsOf(p: number): number {
    return blockWords(this.layout, capacityOf(this.arena.i32, p), this.has(p, WIDE));
  }

  #allocate(capacity: number, isWide: boolean): number {
    const { rareWords } = this.layout;
    const words = blockWords(this.layout, capacity, isWide);
    const p = rareWords + this.arena.allocate(words, rareWords + rowsAt(this.layout, capacity));
    this.arena.i32[p + SHAPE] = shapeWith(isWide ? WIDE : 0, capacity);
    this.setDue(p, Infinity);
    return p;
  }

  #free(p: number): void {
    this.arena.free(p - this.layout.rareWords, this.#wordsOf(p));
  }

  /** Gives an entity a block of another size. */
  #reallocate(entity: number, capacity: number, isWide: boolean): number {
    const from = this.blockOf(entity);
    const p = this.#allocate(capacity, isWide);
    const { i32 } = this.arena;
    const { rareWords, headerWords } = this.layout;
    i32.copyWithin(p - rareWords, from - rareWords, from + headerWords);
    i32[p + SHAPE] = shapeWith(i32[p + SHAPE] as number, capacity);
    this.setFlag(p, WIDE, isWide);
    this.#toFront(from, p);
    this.#blocks[entity] = p;
    this.#hot.move(from, p);
    this.#free(from);
    return p;
  }

  /** Moves the rows of block `from` to the front of block `p`, whose header is a copy. */
  #toFront(from: number, p: number): void {
    const { i32 } = this.arena;
    const shift = this.physicalOf(p);
    this.rows.copy({ p: from, from: shift, end: i32[p + END] as number }, p, 0);
    const { headAt, tailAt, knownAt } = this.layout;
    i32[p + PHYSICAL] = 0;
    i32[p + FIRST] = (i32[p + FIRST] as number) - shift;
    i32[p + END] = (i32[p + END] as number) - shift;
    for (let s = 0; s < headAt.length; s++) this.#moveDown(p + (headAt[s] as number), shift);
    for (let d = 0; d < tailAt.length; d++) this.#moveDown(p + (tailAt[d] as number), shift);
    for (let s = 0; s < knownAt.length; s++) {
      if (knownAt[s] !== 0) this.#moveDown(p + (knownAt[s] as number) + KNOWN_WORDS - 2, shift);
    }
    this.#moveDown(p + BASE, -shift);
    this.rows.filter(p);
  }

  #moveDown(word: number, shift: number): void {
    this.arena.i32[word] = (this.arena.i32[word] as number) - shift;
  }
}
