import type { OrderedChunks } from '../memory/ordered-amounts.js';
import type { EntityPlan } from '../plan/entity-plan.js';
import { OrderView } from '../memory/order-view.js';
import { capacityOf, END, NEWEST_AT, orderAt } from '../ring/ring-layout.js';
import { NOT_FOUND } from '../ring/ring-rows.js';
import type { Rings } from '../ring/rings.js';
import { addSquare, SQUARE_PARTS as PARTS } from '../memory/square-sums.js';
import type { StateEvent } from '../plan/state-event.js';

/**
 * Contents of one ring's windows as of one time, filled from the incremental aggregates or by searching rows. Features
 * are evaluated from this alone, so both ways give the same results. The object is reused.
 */
export class WindowReading {
  readonly plan: EntityPlan;
  readonly rings: Rings;
  block = 0;
  atMs = 0;
  /** Per span: number of rows, the request's included; slots [head, end) of those in the ring. */
  readonly counts: Float64Array;
  readonly heads: Int32Array;
  readonly ends: Int32Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Per span, 1 if the request's transaction is one of the rows. */
  readonly holdsCurrent: Uint8Array;
  /** True if the request has a transaction. */
  hasCurrent = false;
  currentMinor = 0;
  currentAtMs = 0;
  /** Its slot, or `NOT_FOUND` if the ring does not hold it. */
  currentSlot = NOT_FOUND;
  /** Slot it would have in the ring; valid only if the ring does not hold it. */
  extraSlot = 0;
  /** Sequence numbers of known frauds, ascending, and each fraud span's range in this list. */
  frauds: readonly number[] = [];
  readonly fraudFrom: Int32Array;
  readonly fraudTo: Int32Array;
  hasFrauds = true;
  /** True if the request's transaction counts as a known fraud and the ring does not hold it. */
  isExtraFraud = false;
  extraAttributes = 0;
  /** Number of the reading. It shows whether values cached for several features belong to this reading. */
  number = 0;
  /** Deviations per span with, then without the request's transaction, and the reading each belongs to. */
  readonly deviations: Float64Array;
  readonly deviationOf: Float64Array;
  readonly #view = new OrderView();
  readonly #medians: Float64Array;
  readonly #medianOf: Float64Array;
  #chunks: readonly OrderedChunks[] | undefined;
  #isRunning = false;
  #scratch = new Float64Array(256);
  /** Span and reading of the amounts in `scratch`. */
  #scratchSpan = -1;
  #scratchOf = 0;

  constructor(plan: EntityPlan, rings: Rings) {
    const { spans, fraudSpans } = plan;
    this.plan = plan;
    this.rings = rings;
    this.counts = new Float64Array(spans.length);
    this.heads = new Int32Array(spans.length);
    this.ends = new Int32Array(spans.length);
    this.sums = new Float64Array(spans.length);
    this.squares = new Float64Array(PARTS * spans.length);
    this.holdsCurrent = new Uint8Array(spans.length);
    this.deviations = new Float64Array(2 * spans.length);
    this.deviationOf = new Float64Array(2 * spans.length);
    this.#medians = new Float64Array(spans.length);
    this.#medianOf = new Float64Array(spans.length);
    this.fraudFrom = new Int32Array(fraudSpans.length);
    this.fraudTo = new Int32Array(fraudSpans.length);
  }

  /**
   * Reads the incremental aggregates as of the newest row, which is the request's transaction. The ring must not be
   * empty.
   */
  readNewest(block: number): void {
    const { rings, plan } = this;
    const { i32, f64 } = rings.arena;
    const { headAt, tailAt, sumAt, squaresAt } = rings.layout;
    const block64 = block >> 1;
    this.block = block;
    this.#isRunning = true;
    this.number++;
    this.#chunks = rings.largeOf(block)?.orders;
    const end = i32[block + END] as number;
    this.atMs = f64[block64 + NEWEST_AT] as number;
    this.hasCurrent = true;
    this.currentSlot = end - 1;
    this.currentAtMs = this.atMs;
    this.currentMinor = rings.rows.amountOf(block, end - 1);
    for (let s = 0; s < headAt.length; s++) {
      const { delay } = plan.spans[s] as EntityPlan['spans'][number];
      const head = i32[block + (headAt[s] as number)] as number;
      const stop = delay < 0 ? end : (i32[block + (tailAt[delay] as number)] as number);
      this.heads[s] = head;
      this.ends[s] = stop;
      this.counts[s] = stop - head;
      this.holdsCurrent[s] = delay < 0 ? 1 : 0;
      const sum = sumAt[s] as number;
      if (sum >= 0) this.sums[s] = f64[block64 + sum] as number;
      const squares = squaresAt[s] as number;
      for (let i = 0; squares >= 0 && i < PARTS; i++)
        this.squares[PARTS * s + i] = f64[block64 + squares + i] as number;
    }
  }

  /**
   * Searches the windows as of `atMs`, including the request's transaction, which the ring may or may not hold. If the
   * ring holds it, it counts once, and a read at its own time ends with it, so the values are those it got when it was
   * applied. A row of its id with another amount is another transaction: both count.
   */
  readAsOf(block: number, atMs: number, request: StateEvent | undefined): void {
    const { rings, plan } = this;
    const { rows } = rings;
    rings.windows.evict(block, 0);
    this.block = block;
    this.atMs = atMs;
    this.#isRunning = false;
    this.number++;
    this.#chunks = undefined;
    const slot = request === undefined ? NOT_FOUND : this.#slotOf(block, request);
    this.hasCurrent = request !== undefined;
    this.currentSlot = slot;
    this.currentMinor = request === undefined ? 0 : request.amountMinor + 0;
    this.currentAtMs = request === undefined ? 0 : slot === NOT_FOUND ? request.occurredAtMs : rows.timeOf(block, slot);
    this.extraSlot = request === undefined ? 0 : rows.upperBound(block, request.occurredAtMs);
    const endsWithCurrent = slot !== NOT_FOUND && this.currentAtMs === atMs;
    for (let s = 0; s < plan.spans.length; s++) {
      const { delayMs, edgeMs } = plan.spans[s] as EntityPlan['spans'][number];
      const head = rows.upperBound(block, atMs - edgeMs);
      const end = endsWithCurrent && delayMs === 0 ? slot + 1 : rows.upperBound(block, atMs - delayMs);
      const isExtra =
        this.hasCurrent && slot === NOT_FOUND && this.currentAtMs > atMs - edgeMs && this.currentAtMs <= atMs - delayMs;
      this.heads[s] = head;
      this.ends[s] = end;
      this.counts[s] = end - head + (isExtra ? 1 : 0);
      this.holdsCurrent[s] = isExtra || (slot !== NOT_FOUND && slot >= head && slot < end) ? 1 : 0;
      this.#addUp(s, isExtra);
    }
  }

  #slotOf(block: number, request: StateEvent): number {
    const slot = this.rings.find(block, request);
    return slot !== NOT_FOUND && this.rings.rows.amountOf(block, slot) === request.amountMinor ? slot : NOT_FOUND;
  }

  /** Sets the known frauds to none. */
  clearFrauds(): void {
    if (!this.hasFrauds) return;
    this.fraudFrom.fill(0);
    this.fraudTo.fill(0);
    this.hasFrauds = false;
  }

  /**
   * Ordered amounts of a span, valid until the next call. @param withCurrent whether to include the request's
   * transaction
   */
  order(s: number, withCurrent: boolean): OrderView {
    const view = this.#ordered(s);
    return withCurrent || this.holdsCurrent[s] === 0 ? view : view.leaveOut(this.currentMinor);
  }

  /** Median of a span's amounts without the request's transaction; NaN if there are none. */
  medianBefore(s: number): number {
    if (this.#medianOf[s] === this.number) return this.#medians[s] as number;
    const median = this.order(s, false).median();
    this.#medianOf[s] = this.number;
    this.#medians[s] = median;
    return median;
  }

  /** Maximum of a span's amounts without the request's transaction; there must be one. */
  greatestBefore(s: number): number {
    const order = this.order(s, false);
    return order.at(order.length - 1);
  }

  /** True if a span keeps its amounts in order. */
  isOrdered(s: number): boolean {
    return this.#chunks !== undefined && (this.plan.spans[s]?.order as number) >= 0;
  }

  /** True if the request's transaction counts in a span and the ring does not hold it. */
  hasExtra(s: number): boolean {
    return this.currentSlot === NOT_FOUND && this.holdsCurrent[s] === 1;
  }

  #ordered(s: number): OrderView {
    const order = this.plan.spans[s]?.order as number;
    if (this.#chunks !== undefined) return this.#view.showChunks(this.#chunks[order] as OrderedChunks);
    const count = this.counts[s] as number;
    if (this.#isRunning) {
      const { arena, layout } = this.rings;
      const capacity = capacityOf(arena.i32, this.block);
      return this.#view.show(arena.f64, (this.block >> 1) + orderAt(layout, capacity, order), count);
    }
    if (this.#scratchSpan !== s || this.#scratchOf !== this.number) this.#sort(s, count);
    return this.#view.show(this.#scratch, 0, count);
  }

  #sort(s: number, count: number): void {
    if (this.#scratch.length < count) this.#scratch = new Float64Array(2 * count);
    const head = this.heads[s] as number;
    const end = this.ends[s] as number;
    for (let slot = head; slot < end; slot++) this.#scratch[slot - head] = this.rings.rows.amountOf(this.block, slot);
    if (this.hasExtra(s)) this.#scratch[end - head] = this.currentMinor;
    this.#scratch.subarray(0, count).sort();
    this.#scratchSpan = s;
    this.#scratchOf = this.number;
  }

  #addUp(s: number, isExtra: boolean): void {
    const { hasSum, hasSquares } = this.plan.spans[s] as EntityPlan['spans'][number];
    if (!hasSum && !hasSquares) return;
    const { rows } = this.rings;
    let sum = isExtra ? this.currentMinor : 0;
    const parts = PARTS * s;
    this.squares.fill(0, parts, parts + PARTS);
    if (hasSquares && isExtra) addSquare(this.squares, parts, this.currentMinor, 1);
    const end = this.ends[s] as number;
    for (let slot = this.heads[s] as number; slot < end; slot++) {
      const amount = rows.amountOf(this.block, slot);
      sum += amount;
      if (hasSquares) addSquare(this.squares, parts, amount, 1);
    }
    this.sums[s] = sum;
  }
}
