import { NO_ROW, type RowHandle, type WindowRows } from '../catalog/aggregates/contract/window-rows.js';
import { ORDINARY_AMOUNT } from '../catalog/event-attributes.js';
import { addSquare, spread, SQUARE_PARTS } from '../memory/square-sums.js';
import type { FraudSpan, PlannedFeature } from '../plan/entity-plan.js';
import { NOT_FOUND } from '../ring/ring-rows.js';
import type { WindowReading } from './window-reading.js';

/** Handle of the request's transaction if the ring does not hold it. All other handles are slots. */
const CURRENT: RowHandle = -2;

type Side = 'newest' | 'oldest';

/**
 * Rows of one feature at a time, from a reading of its entity's windows. Aggregates are evaluated from this alone. The
 * object is reused for all features of an engine.
 */
export class FeatureRows implements WindowRows {
  readonly #reading: WindowReading;
  readonly #parts = new Float64Array(SQUARE_PARTS);
  #feature: PlannedFeature | undefined;
  #span = -1;
  /** 1 if the request's transaction is in the window but not one of the rows. */
  #leftOut = 0;

  constructor(reading: WindowReading) {
    this.#reading = reading;
  }

  get atMs(): number {
    return this.#reading.atMs;
  }

  get currentMinor(): number {
    return this.#reading.currentMinor;
  }

  get capDays(): number {
    return this.#shown.capDays;
  }

  /** The value of a feature as of the reading. NaN (missing) for a comparison without a request's transaction. */
  valueOf(feature: PlannedFeature): number {
    if (feature.isComparison && !this.#reading.hasCurrent) return Number.NaN;
    this.#feature = feature;
    this.#span = feature.span;
    // Windows of labels end one label delay before the read, so the request's transaction is not in them.
    const isRow = feature.withCurrent || feature.fraudSpan >= 0;
    this.#leftOut = isRow ? 0 : (this.#reading.holdsCurrent[feature.span] as number);
    return feature.evaluate(this);
  }

  count(): number {
    switch (this.#shown.rows) {
      case 'all':
        return this.total();
      case 'above_median':
        return this.#countAbove();
      case 'known_fraud':
        return this.#frauds();
      default:
        return this.total() - this.#frauds();
    }
  }

  total(): number {
    return (this.#reading.counts[this.#span] as number) - this.#leftOut;
  }

  sum(): number {
    return (this.#reading.sums[this.#span] as number) - this.#leftOut * this.#reading.currentMinor;
  }

  /** From exact sums; computed once for all features of a window. */
  deviation(): number {
    const reading = this.#reading;
    const count = this.total();
    if (count < 2) return 0;
    const { deviations, deviationOf } = reading;
    const which = 2 * this.#span + this.#leftOut;
    if (deviationOf[which] === reading.number) return deviations[which] as number;
    const parts = this.#parts;
    const at = SQUARE_PARTS * this.#span;
    for (let i = 0; i < SQUARE_PARTS; i++) parts[i] = reading.squares[at + i] as number;
    if (this.#leftOut === 1) addSquare(parts, 0, reading.currentMinor, -1);
    const deviation = Math.sqrt(spread(count, this.sum(), parts) / (count * (count - 1)));
    deviations[which] = deviation;
    deviationOf[which] = reading.number;
    return deviation;
  }

  least(): number {
    const order = this.#reading.order(this.#span, this.#shown.withCurrent);
    return order.length === 0 ? 0 : order.at(0);
  }

  greatest(): number {
    const order = this.#reading.order(this.#span, this.#shown.withCurrent);
    return order.length === 0 ? 0 : order.at(order.length - 1);
  }

  median(): number {
    if (!this.#shown.withCurrent) return this.#reading.medianBefore(this.#span) || 0;
    const order = this.#reading.order(this.#span, true);
    return order.length === 0 ? 0 : order.median();
  }

  newest(): RowHandle {
    return this.#end('newest');
  }

  oldest(): RowHandle {
    return this.#end('oldest');
  }

  streak(): number {
    const { rows } = this.#shown;
    if (rows === 'known_fraud' || rows === 'known_genuine') return this.#labelStreak(rows === 'known_fraud');
    let streak = 0;
    for (let i = this.total() - 1; i >= 0 && this.#passes(this.rowAt(i)); i--) streak++;
    return streak;
  }

  rowAt(index: number): RowHandle {
    const { heads, currentSlot, extraSlot } = this.#reading;
    const slot = (heads[this.#span] as number) + index;
    if (this.#leftOut === 1) return currentSlot !== NOT_FOUND && slot >= currentSlot ? slot + 1 : slot;
    if (!this.#reading.hasExtra(this.#span) || slot < extraSlot) return slot;
    return slot === extraSlot ? CURRENT : slot - 1;
  }

  timeOf(row: RowHandle): number {
    const { block, currentAtMs, rings } = this.#reading;
    return row === CURRENT ? currentAtMs : rings.rows.timeOf(block, row);
  }

  amountOf(row: RowHandle): number {
    const { block, currentMinor, rings } = this.#reading;
    return row === CURRENT ? currentMinor : rings.rows.amountOf(block, row);
  }

  isOrdinary(row: RowHandle): boolean {
    const { block, extraAttributes, rings } = this.#reading;
    const attributes = row === CURRENT ? extraAttributes : rings.rows.attributesOf(block, row);
    return (attributes & ORDINARY_AMOUNT) !== 0;
  }

  get #shown(): PlannedFeature {
    return this.#feature as PlannedFeature;
  }

  /** `times` × the median of the rows before the request's transaction; NaN if there are none. */
  get #threshold(): number {
    return this.#shown.times * this.#reading.medianBefore(this.#shown.medianSpan);
  }

  /** Number of rows above the threshold; 0 if there are none before the request's transaction. */
  #countAbove(): number {
    const reading = this.#reading;
    const { medianSpan, isWithinMedian } = this.#shown;
    const span = this.#span;
    const least = this.#threshold;
    if (Number.isNaN(least)) return 0;
    if (isWithinMedian && reading.greatestBefore(medianSpan) <= least) {
      const countsCurrent = this.#leftOut === 0 && reading.holdsCurrent[span] === 1;
      return countsCurrent && reading.currentMinor > least ? 1 : 0;
    }
    const own = this.#leftOut === 1 && reading.currentMinor > least ? 1 : 0;
    if (reading.isOrdered(span)) {
      // The number of amounts ≤ least is the rank of the next larger value; amounts are integers.
      return (reading.counts[span] as number) - reading.order(span, true).rank(Math.floor(least) + 1) - own;
    }
    let count = reading.hasExtra(span) && reading.currentMinor > least ? 1 : 0;
    const { rows } = reading.rings;
    const end = reading.ends[span] as number;
    for (let slot = reading.heads[span] as number; slot < end; slot++) {
      if (rows.amountOf(reading.block, slot) > least) count++;
    }
    return count - own;
  }

  #end(side: Side): RowHandle {
    switch (this.#shown.rows) {
      case 'all':
        return this.#edge(side);
      case 'known_fraud':
        return this.#edgeFraud(side);
      default:
        return this.#search(side);
    }
  }

  /** The newest or oldest row, whether it passes the filter or not. */
  #edge(side: Side): RowHandle {
    const total = this.total();
    if (total === 0) return NO_ROW;
    return this.rowAt(side === 'newest' ? total - 1 : 0);
  }

  #search(side: Side): RowHandle {
    const total = this.total();
    for (let i = 0; i < total; i++) {
      const row = this.rowAt(side === 'newest' ? total - 1 - i : i);
      if (this.#passes(row)) return row;
    }
    return NO_ROW;
  }

  #passes(row: RowHandle): boolean {
    switch (this.#shown.rows) {
      case 'all':
        return true;
      case 'above_median':
        return this.amountOf(row) > this.#threshold;
      case 'known_fraud':
        return this.#isFraud(row);
      default:
        return !this.#isFraud(row);
    }
  }

  #isFraud(row: RowHandle): boolean {
    const { block, frauds, fraudFrom, fraudTo, isExtraFraud, rings } = this.#reading;
    if (row === CURRENT) return isExtraFraud;
    const { fraudSpan } = this.#shown;
    const seq = row + rings.baseOf(block);
    for (let i = fraudFrom[fraudSpan] as number; i < (fraudTo[fraudSpan] as number); i++) {
      if (frauds[i] === seq) return true;
    }
    return false;
  }

  /** True if the request's transaction is a known fraud of the window and the ring does not hold it. */
  #hasExtraFraud(): boolean {
    const { atMs, currentAtMs, isExtraFraud, plan } = this.#reading;
    const { delayMs, edgeMs } = plan.fraudSpans[this.#shown.fraudSpan] as FraudSpan;
    const ageMs = atMs - currentAtMs;
    return isExtraFraud && ageMs >= delayMs && ageMs < edgeMs;
  }

  #frauds(): number {
    const { fraudFrom, fraudTo, isExtraFraud } = this.#reading;
    const { fraudSpan } = this.#shown;
    const known = (fraudTo[fraudSpan] as number) - (fraudFrom[fraudSpan] as number);
    return isExtraFraud && this.#hasExtraFraud() ? known + 1 : known;
  }

  #edgeFraud(side: Side): RowHandle {
    const { fraudFrom, fraudTo, extraSlot } = this.#reading;
    const from = fraudFrom[this.#shown.fraudSpan] as number;
    const to = fraudTo[this.#shown.fraudSpan] as number;
    const isExtra = this.#hasExtraFraud();
    if (from === to) return isExtra ? CURRENT : NO_ROW;
    const slot = this.#slotOfFraud(side === 'newest' ? to - 1 : from);
    return isExtra && slot < extraSlot === (side === 'newest') ? CURRENT : slot;
  }

  #slotOfFraud(index: number): RowHandle {
    const { frauds, rings, block } = this.#reading;
    return (frauds[index] as number) - rings.baseOf(block);
  }

  /** Number of newest rows without a gap that are (or are not) known frauds. */
  #labelStreak(ofFrauds: boolean): number {
    const reading = this.#reading;
    const { fraudSpan } = this.#shown;
    const head = reading.heads[this.#span] as number;
    let slot = (reading.ends[this.#span] as number) - 1;
    const from = reading.fraudFrom[fraudSpan] as number;
    let fraud = (reading.fraudTo[fraudSpan] as number) - 1;
    let extra = reading.hasExtra(this.#span);
    let streak = 0;
    for (;;) {
      if (extra && slot < reading.extraSlot) {
        extra = false;
        if (reading.isExtraFraud !== ofFrauds) return streak;
      } else {
        if (slot < head) return streak;
        const next = fraud >= from ? this.#slotOfFraud(fraud) : head - 1;
        if ((next === slot) !== ofFrauds) return streak;
        if (!ofFrauds && !extra) return streak + slot - Math.max(next, head - 1);
        if (ofFrauds) fraud--;
        slot--;
      }
      streak++;
    }
  }
}
