import { TERMINAL_COUNTERPART_BITS } from './counterpart.js';
import { EntityEngine, type EntityHandle } from './entity-engine.js';
import { evaluate } from './evaluate.js';
import { KnownFrauds } from './known-frauds.js';
import { isFraudCode, labelCode } from './label-code.js';
import { END, FIRST, FRAUDS, PARKED } from './ring-layout.js';
import { NOT_FOUND } from './ring-rows.js';
import type { PackedRing } from './ring-unpacker.js';
import {
  type ApplyOutcome,
  checkEvent,
  checkLabel,
  type LabelEvent,
  type LabelOutcome,
  type StateEvent,
} from './state-event.js';
import { TerminalLabels } from './terminal-labels.js';
import { ALLOWED_LATENESS_MS, MAX_PARKED_LABELS, TERMINAL_RETENTION_MS } from './time-rules.js';
import type { VectorPlan } from './vector-plan.js';

/**
 * The transactions of the last 44 days of many terminals with their labels, and running numbers over the windows a plan's
 * features look at. The features it writes are those of view `terminal`, at their slots of the plan's vector.
 */
export class TerminalEngine extends EntityEngine {
  readonly #labels: (TerminalLabels | undefined)[] = [];
  readonly #longestMs: number;
  readonly #shortestDelayMs: number;
  readonly #frauds: number[] = [];
  readonly #known = new KnownFrauds(this.rings);

  constructor({ terminal: plan }: VectorPlan, segmentRows?: number) {
    super('terminal', plan, { retentionMs: TERMINAL_RETENTION_MS, segmentRows });
    this.#longestMs = Math.max(0, ...plan.fraudSpans.map((span) => span.edgeMs));
    this.#shortestDelayMs = Math.min(this.#longestMs, ...plan.fraudSpans.map((span) => span.delayMs));
  }

  /** Labels that wait for their transactions. */
  parkedLabelCount(entity: EntityHandle): number {
    return this.#labels[entity]?.parkedCount ?? 0;
  }

  /**
   * Takes a transaction in and writes its features: those as of its time, also if it is too late to be kept. Nothing is
   * written for an id that is held.
   * @param attributes what the customer's side says of it: `CustomerEngine.attributes`, at most three bits
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(entity: EntityHandle, event: StateEvent, attributes: number, out: Float64Array): ApplyOutcome {
    checkEvent(event);
    const { rings } = this;
    const { hi, lo } = event.idHash;
    const p = rings.blockOf(entity);
    if (rings.holds(p, hi, lo)) return rings.isRepeat(p, event, TERMINAL_COUNTERPART_BITS) ? 'duplicate' : 'reused';
    const newest = rings.rows.newestOf(p);
    if (event.occurredAtMs >= newest) {
      rings.append(entity, event, attributes | ((event.counterpart ?? 0) & TERMINAL_COUNTERPART_BITS));
      this.appended(entity);
      this.#join(entity, event);
      this.table.markChanged(entity);
      this.emit(entity, out);
      return 'applied';
    }
    const isTooLate = event.occurredAtMs < newest - ALLOWED_LATENESS_MS;
    if (!isTooLate) this.#insert(entity, event, attributes);
    this.peek(entity, { atMs: event.occurredAtMs, attributes }, event, out);
    return isTooLate ? 'too_late' : 'late';
  }

  /**
   * Takes a label in. It counts in reads at t ≥ labelledAtMs; what was read before it came stands.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  applyLabel(entity: EntityHandle, label: LabelEvent): LabelOutcome {
    checkLabel(label);
    const p = this.rings.blockOf(entity);
    const slot = this.rings.find(p, label);
    if (slot === NOT_FOUND) return this.#park(entity, label);
    const seq = slot + this.rings.baseOf(p);
    const code = labelCode(label.sourceRank, label.isFraud);
    const labelledAtMs = label.labelledAtMs + 0;
    const refusal = this.#labels[entity]?.refusalOf(seq, { code, labelledAtMs });
    if (refusal !== undefined) return refusal;
    this.#labelsToFill(entity).join(seq, labelledAtMs, { code, newestMs: this.rings.rows.newestOf(p) });
    this.#expectChange(entity);
    this.touched(entity, slot);
    this.table.markChanged(entity);
    return 'applied';
  }

  /** Writes the features as of the newest transaction from the running numbers. */
  emit(entity: EntityHandle, out: Float64Array): void {
    const { reading, running, rings } = this;
    const p = rings.blockOf(entity);
    if (rings.isDue(p)) this.#recount(entity, p);
    running.write(p, out);
    const hasFrauds = rings.has(p, FRAUDS);
    if (!hasFrauds) running.writeCalm(p, out);
    const areWritten = !hasFrauds || running.writeKnown(p, out);
    if (running.others.length === 0 && areWritten) return;
    reading.readNewest(p);
    this.#readKnownFrauds(entity, p);
    evaluate(running.others, reading, out);
    if (!areWritten) evaluate(running.fraudOthers, reading, out);
  }

  /**
   * Writes the features as of any time, counting `inHand`, which the entity need not know; changes nothing.
   * @param read `attributes` of the transaction in hand, if it is not known here
   */
  peek(
    entity: EntityHandle,
    read: { readonly atMs: number; readonly attributes: number },
    inHand: StateEvent | undefined,
    out: Float64Array,
  ): void {
    const { reading, rings } = this;
    const p = rings.blockOf(entity);
    reading.readAsOf(p, read.atMs, inHand);
    this.#lookUpFrauds(entity, p, inHand);
    reading.extraAttributes = read.attributes;
    evaluate(rings.plan.features, reading, out);
  }

  /**
   * As `peek`, of what was stored of a terminal, undefined if nothing was; the terminals in memory play no part.
   * @param read `atMs` NaN = as of the newest transaction
   * @returns time of the newest transaction, −Infinity if there is none
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  peekPacked(
    packed: PackedRing | undefined,
    { atMs, attributes }: { readonly atMs: number; readonly attributes: number },
    inHand: StateEvent | undefined,
    out: Float64Array,
  ): number {
    const entity = this.openReading(packed);
    const newestMs = this.newestAtMs(entity);
    this.peek(entity, { atMs: Number.isNaN(atMs) ? newestMs : atMs, attributes }, inHand, out);
    this.closeReading(entity);
    return newestMs;
  }

  protected newLabels(): TerminalLabels {
    return new TerminalLabels();
  }

  protected labelsOf(entity: EntityHandle): TerminalLabels | undefined {
    return this.#labels[entity];
  }

  protected loaded(entity: EntityHandle, labels: TerminalLabels | undefined): void {
    if (labels === undefined || labels.isEmpty) return;
    this.#labels[entity] = labels;
    this.#expectChange(entity);
  }

  protected released(entity: EntityHandle): void {
    this.#labels[entity] = undefined;
  }

  #insert(entity: EntityHandle, event: StateEvent, attributes: number): void {
    const { rings } = this;
    const slot = rings.insert(entity, event, attributes | ((event.counterpart ?? 0) & TERMINAL_COUNTERPART_BITS));
    const p = rings.blockOf(entity);
    const seq = slot + rings.baseOf(p);
    const labels = this.#labels[entity];
    if (labels !== undefined) {
      labels.shift(seq);
      labels.joinParked(event, seq, rings.rows.newestOf(p));
      this.#expectChange(entity);
    }
    this.inserted(entity, slot);
    this.table.markChanged(entity);
  }

  /** Joins labels that waited for the newest transaction. */
  #join(entity: EntityHandle, event: StateEvent): void {
    const p = this.rings.blockOf(entity);
    if (!this.rings.has(p, PARKED)) return;
    const seq = (this.rings.arena.i32[p + END] as number) - 1 + this.rings.baseOf(p);
    this.#labels[entity]?.joinParked(event, seq, event.occurredAtMs);
    this.#expectChange(entity);
  }

  #park(entity: EntityHandle, label: LabelEvent): LabelOutcome {
    const newestMs = this.newestAtMs(entity);
    if (label.occurredAtMs < newestMs - ALLOWED_LATENESS_MS) return 'too_late';
    const code = labelCode(label.sourceRank, label.isFraud);
    const labels = this.#labelsToFill(entity);
    const refusal = labels.parkedRefusalOf(label, { code, labelledAtMs: label.labelledAtMs + 0 }, newestMs);
    if (refusal !== undefined) return refusal;
    if (labels.parkedCount >= MAX_PARKED_LABELS) labels.unpark(newestMs);
    if (labels.parkedCount >= MAX_PARKED_LABELS) return 'parking_full';
    labels.park(label, code, newestMs);
    this.#expectChange(entity);
    this.table.markChanged(entity);
    return 'parked';
  }

  #labelsToFill(entity: EntityHandle): TerminalLabels {
    return (this.#labels[entity] ??= new TerminalLabels());
  }

  /** Labels have changed: the next look at the known frauds has to find them anew. */
  #expectChange(entity: EntityHandle): void {
    const p = this.rings.blockOf(entity);
    this.rings.setDue(p, -Infinity);
    this.rings.setFlag(p, PARKED, this.parkedLabelCount(entity) > 0);
  }

  /** Known frauds as of the newest transaction. */
  #readKnownFrauds(entity: EntityHandle, p: number): void {
    const { reading, rings } = this;
    const { i32 } = rings.arena;
    reading.isExtraFraud = false;
    if (!rings.has(p, FRAUDS)) return reading.clearFrauds();
    reading.hasFrauds = true;
    reading.frauds = this.#labels[entity]?.frauds ?? [];
    const { fraudFromAt, fraudToAt } = rings.layout;
    for (let s = 0; s < reading.fraudFrom.length; s++) {
      reading.fraudFrom[s] = i32[p + (fraudFromAt[s] as number)] as number;
      reading.fraudTo[s] = i32[p + (fraudToAt[s] as number)] as number;
    }
  }

  /** Brings the known frauds up to the newest transaction, and notes when they change next. */
  #recount(entity: EntityHandle, p: number): void {
    const labels = this.#labels[entity];
    if (labels === undefined) return;
    const { i32 } = this.rings.arena;
    const atMs = this.rings.rows.newestOf(p);
    const { frauds } = labels;
    const base = this.rings.baseOf(p);
    labels.drop(base + this.rings.physicalOf(p), base + (i32[p + FIRST] as number));
    labels.reveal(atMs);
    this.rings.setFlag(p, FRAUDS, frauds.length > 0);
    this.rings.setDue(p, Math.min(labels.nextAtMs, this.#known.note(p, frauds)));
  }

  /** Known frauds as of the reading's time, from the labels available by then. */
  #lookUpFrauds(entity: EntityHandle, p: number, inHand: StateEvent | undefined): void {
    const { reading, rings } = this;
    const labels = this.#labels[entity];
    const frauds = this.#frauds;
    frauds.length = 0;
    reading.isExtraFraud = false;
    reading.frauds = frauds;
    if (labels !== undefined) {
      const base = rings.baseOf(p);
      const from = base + rings.rows.upperBound(p, reading.atMs - this.#longestMs);
      const end = base + rings.rows.upperBound(p, reading.atMs - this.#shortestDelayMs);
      labels.fraudsAt(reading.atMs, [from, end], frauds);
      if (inHand !== undefined && reading.currentSlot === NOT_FOUND) {
        const code = labels.parkedInForce(inHand, reading.atMs, rings.rows.newestOf(p));
        reading.isExtraFraud = isFraudCode(code);
      }
    }
    this.#placeFrauds(p, reading.atMs, frauds);
  }

  /** Finds each span's part of an ascending list of frauds. */
  #placeFrauds(p: number, atMs: number, frauds: readonly number[]): void {
    const { fraudSpans } = this.rings.plan;
    const { fraudFrom, fraudTo } = this.reading;
    this.reading.hasFrauds = true;
    for (let s = 0; s < fraudSpans.length; s++) {
      const { delayMs, edgeMs } = fraudSpans[s] as { readonly delayMs: number; readonly edgeMs: number };
      fraudFrom[s] = this.#firstAfter(p, frauds, atMs - edgeMs);
      fraudTo[s] = this.#firstAfter(p, frauds, atMs - delayMs);
    }
  }

  /** Position of the first fraud later than a time. */
  #firstAfter(p: number, frauds: readonly number[], timeMs: number): number {
    let low = 0;
    let high = frauds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timeOfFraud(p, frauds[middle] as number) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #timeOfFraud(p: number, seq: number): number {
    return this.rings.rows.timeOf(p, seq - this.rings.baseOf(p));
  }
}
