import type { OrderedChunks } from './ordered-amounts.js';
import type { EntityPlan } from './entity-plan.js';
import { OrderView } from './order-view.js';
import { capacityOf, END, NEWEST_AT, orderAt } from './ring-layout.js';
import { NOT_FOUND } from './ring-rows.js';
import type { Rings } from './rings.js';
import { addSquare, SQUARE_PARTS as PARTS } from './square-sums.js';
import type { StateEvent } from './state-event.js';

/**
 * What the windows of one ring hold as of one time: filled from the running numbers, or by looking. The features are
 * evaluated from this alone, so both ways give the same. Reused from read to read.
 */
export class WindowReading {
  readonly plan: EntityPlan;
  readonly rings: Rings;
  p = 0;
  atMs = 0;
  /** Per span: rows, the one in hand included; slots [head, end) of those in the ring. */
  readonly counts: Float64Array;
  readonly heads: Int32Array;
  readonly ends: Int32Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** Per span, 1 if the transaction in hand is one of the rows. */
  readonly holdsCurrent: Uint8Array;
  /** The transaction in hand, if there is one. */
  hasCurrent = false;
  currentMinor = 0;
  currentAtMs = 0;
  /** Its slot, or `NOT_FOUND` if the ring does not hold it. */
  currentSlot = NOT_FOUND;
  /** Where it would be in the ring; only if the ring does not hold it. */
  extraSlot = 0;
  /** Sequence numbers of known frauds, ascending, and per fraud span which of them. */
  frauds: readonly number[] = [];
  readonly fraudFrom: Int32Array;
  readonly fraudTo: Int32Array;
  hasFrauds = true;
  /** The transaction in hand counts as a known fraud though the ring does not hold it. */
  isExtraFraud = false;
  extraAttributes = 0;
  /** Counts the readings, so that what several features ask for is known to be of this one. */
  number = 0;
  /** Deviations per span with, then without the one in hand, and the reading each is of. */
  readonly deviations: Float64Array;
  readonly deviationOf: Float64Array;
  readonly #view = new OrderView();
  readonly #medians: Float64Array;
  readonly #medianOf: Float64Array;
  #chunks: readonly OrderedChunks[] | undefined;
  #isRunning = false;
  #scratch = new Float64Array(256);
  /** Which span's amounts are in `scratch`, and of which reading. */
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

  /** Takes the running numbers as of the newest row, which is the transaction in hand. The ring is not empty. */
  readNewest(p: number): void {
    const { rings, plan } = this;
    const { i32, f64 } = rings.arena;
    const { headAt, tailAt, sumAt, squaresAt } = rings.layout;
    const q = p >> 1;
    this.p = p;
    this.#isRunning = true;
    this.number++;
    this.#chunks = rings.hotOf(p)?.orders;
    const end = i32[p + END] as number;
    this.atMs = f64[q + NEWEST_AT] as number;
    this.hasCurrent = true;
    this.currentSlot = end - 1;
    this.currentAtMs = this.atMs;
    this.currentMinor = rings.rows.amountOf(p, end - 1);
    for (let s = 0; s < headAt.length; s++) {
      const { delay } = plan.spans[s] as EntityPlan['spans'][number];
      const head = i32[p + (headAt[s] as number)] as number;
      const stop = delay < 0 ? end : (i32[p + (tailAt[delay] as number)] as number);
      this.heads[s] = head;
      this.ends[s] = stop;
      this.counts[s] = stop - head;
      this.holdsCurrent[s] = delay < 0 ? 1 : 0;
      const sum = sumAt[s] as number;
      if (sum >= 0) this.sums[s] = f64[q + sum] as number;
      const squares = squaresAt[s] as number;
      for (let i = 0; squares >= 0 && i < PARTS; i++) this.squares[PARTS * s + i] = f64[q + squares + i] as number;
    }
  }

  /**
   * Looks the windows up as of `atMs`, also counting `inHand`, which the ring need not hold. If it does, it counts once, and a
   * read at its own time ends with it: the numbers are those it got when taken in. A row of its id with another amount is another
   * transaction: both count.
   */
  readAsOf(p: number, atMs: number, inHand: StateEvent | undefined): void {
    const { rings, plan } = this;
    const { rows } = rings;
    rings.windows.letGo(p, 0);
    this.p = p;
    this.atMs = atMs;
    this.#isRunning = false;
    this.number++;
    this.#chunks = undefined;
    const slot = inHand === undefined ? NOT_FOUND : this.#slotOf(p, inHand);
    this.hasCurrent = inHand !== undefined;
    this.currentSlot = slot;
    this.currentMinor = inHand === undefined ? 0 : inHand.amountMinor + 0;
    this.currentAtMs = inHand === undefined ? 0 : slot === NOT_FOUND ? inHand.occurredAtMs : rows.timeOf(p, slot);
    this.extraSlot = inHand === undefined ? 0 : rows.upperBound(p, inHand.occurredAtMs);
    const endsWithCurrent = slot !== NOT_FOUND && this.currentAtMs === atMs;
    for (let s = 0; s < plan.spans.length; s++) {
      const { delayMs, edgeMs } = plan.spans[s] as EntityPlan['spans'][number];
      const head = rows.upperBound(p, atMs - edgeMs);
      const end = endsWithCurrent && delayMs === 0 ? slot + 1 : rows.upperBound(p, atMs - delayMs);
      const isExtra =
        this.hasCurrent && slot === NOT_FOUND && this.currentAtMs > atMs - edgeMs && this.currentAtMs <= atMs - delayMs;
      this.heads[s] = head;
      this.ends[s] = end;
      this.counts[s] = end - head + (isExtra ? 1 : 0);
      this.holdsCurrent[s] = isExtra || (slot !== NOT_FOUND && slot >= head && slot < end) ? 1 : 0;
      this.#addUp(s, isExtra);
    }
  }

  #slotOf(p: number, inHand: StateEvent): number {
    const slot = this.rings.find(p, inHand);
    return slot !== NOT_FOUND && this.rings.rows.amountOf(p, slot) === inHand.amountMinor ? slot : NOT_FOUND;
  }

  /** There are no known frauds. */
  clearFrauds(): void {
    if (!this.hasFrauds) return;
    this.fraudFrom.fill(0);
    this.fraudTo.fill(0);
    this.hasFrauds = false;
  }

  /** Ordered amounts of a span, valid until the next call. @param withCurrent whether the one in hand is among them */
  order(s: number, withCurrent: boolean): OrderView {
    const view = this.#ordered(s);
    return withCurrent || this.holdsCurrent[s] === 0 ? view : view.leaveOut(this.currentMinor);
  }

  /** Median of a span's amounts without the one in hand; NaN of none. */
  medianBefore(s: number): number {
    if (this.#medianOf[s] === this.number) return this.#medians[s] as number;
    const median = this.order(s, false).median();
    this.#medianOf[s] = this.number;
    this.#medians[s] = median;
    return median;
  }

  /** Greatest of a span's amounts without the one in hand; there must be one. */
  greatestBefore(s: number): number {
    const order = this.order(s, false);
    return order.at(order.length - 1);
  }

  /** True if a span's amounts are at hand in order. */
  isOrdered(s: number): boolean {
    return this.#chunks !== undefined && (this.plan.spans[s]?.order as number) >= 0;
  }

  /** True if the transaction in hand counts in a span though the ring does not hold it. */
  hasExtra(s: number): boolean {
    return this.currentSlot === NOT_FOUND && this.holdsCurrent[s] === 1;
  }

  #ordered(s: number): OrderView {
    const order = this.plan.spans[s]?.order as number;
    if (this.#chunks !== undefined) return this.#view.showChunks(this.#chunks[order] as OrderedChunks);
    const count = this.counts[s] as number;
    if (this.#isRunning) {
      const { arena, layout } = this.rings;
      const capacity = capacityOf(arena.i32, this.p);
      return this.#view.show(arena.f64, (this.p >> 1) + orderAt(layout, capacity, order), count);
    }
    if (this.#scratchSpan !== s || this.#scratchOf !== this.number) this.#sort(s, count);
    return this.#view.show(this.#scratch, 0, count);
  }

  #sort(s: number, count: number): void {
    if (this.#scratch.length < count) this.#scratch = new Float64Array(2 * count);
    const head = this.heads[s] as number;
    const end = this.ends[s] as number;
    for (let slot = head; slot < end; slot++) this.#scratch[slot - head] = this.rings.rows.amountOf(this.p, slot);
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
      const amount = rows.amountOf(this.p, slot);
      sum += amount;
      if (hasSquares) addSquare(this.squares, parts, amount, 1);
    }
    this.sums[s] = sum;
  }
}
