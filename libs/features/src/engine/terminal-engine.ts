import { TERMINAL_COUNTERPART_BITS } from '../plan/counterpart.js';
import { EntityEngine, type EntityHandle } from './entity-engine.js';
import { evaluate } from '../evaluation/evaluate.js';
import { KnownFrauds } from '../labels/known-frauds.js';
import { isFraudCode, labelCode } from '../plan/label-code.js';
import { END, FIRST, FRAUDS, PARKED } from '../ring/ring-layout.js';
import { NOT_FOUND } from '../ring/ring-rows.js';
import type { PackedRing } from '../packed/ring-unpacker.js';
import {
  type ApplyOutcome,
  checkEvent,
  checkLabel,
  type LabelEvent,
  type LabelOutcome,
  type StateEvent,
} from '../plan/state-event.js';
import { TerminalLabels } from '../labels/terminal-labels.js';
import { ALLOWED_LATENESS_MS, MAX_PARKED_LABELS, TERMINAL_RETENTION_MS } from '../catalog/time-rules.js';
import type { VectorPlan } from '../plan/vector-plan.js';

/**
 * Transactions of the last 44 days of many terminals with their labels, and incremental aggregates for the windows of a
 * plan. Writes the features of view `terminal` at their slots of the plan's vector.
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

  /** Number of pending labels. */
  parkedLabelCount(entity: EntityHandle): number {
    return this.#labels[entity]?.parkedCount ?? 0;
  }

  /**
   * Applies a transaction and writes its features as of its time, also if it is too late to be kept. Writes nothing for
   * an id that is held.
   * @param attributes `CustomerEngine.attributes` of the transaction, at most three bits
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(entity: EntityHandle, event: StateEvent, attributes: number, out: Float64Array): ApplyOutcome {
    checkEvent(event);
    const { rings } = this;
    const { hi, lo } = event.idHash;
    const block = rings.blockOf(entity);
    if (rings.holds(block, hi, lo))
      return rings.isRepeat(block, event, TERMINAL_COUNTERPART_BITS) ? 'duplicate' : 'reused';
    const newest = rings.rows.newestOf(block);
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
   * Applies a label. It counts in reads at t ≥ labelledAtMs; earlier reads do not change.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  applyLabel(entity: EntityHandle, label: LabelEvent): LabelOutcome {
    checkLabel(label);
    const block = this.rings.blockOf(entity);
    const slot = this.rings.find(block, label);
    if (slot === NOT_FOUND) return this.#park(entity, label);
    const seq = slot + this.rings.baseOf(block);
    const code = labelCode(label.sourceRank, label.isFraud);
    const labelledAtMs = label.labelledAtMs + 0;
    const refusal = this.#labels[entity]?.refusalOf(seq, { code, labelledAtMs });
    if (refusal !== undefined) return refusal;
    this.#labelsToFill(entity).join(seq, labelledAtMs, { code, newestMs: this.rings.rows.newestOf(block) });
    this.#expectChange(entity);
    this.touched(entity, slot);
    this.table.markChanged(entity);
    return 'applied';
  }

  /** Writes the features as of the newest transaction from the incremental aggregates. */
  emit(entity: EntityHandle, out: Float64Array): void {
    const { reading, running, rings } = this;
    const block = rings.blockOf(entity);
    if (rings.isDue(block)) this.#recount(entity, block);
    running.write(block, out);
    const hasFrauds = rings.has(block, FRAUDS);
    if (!hasFrauds) running.writeNoFraud(block, out);
    const areWritten = !hasFrauds || running.writeKnown(block, out);
    if (running.others.length === 0 && areWritten) return;
    reading.readNewest(block);
    this.#readKnownFrauds(entity, block);
    evaluate(running.others, this.featureRows, out);
    if (!areWritten) evaluate(running.fraudOthers, this.featureRows, out);
  }

  /**
   * Writes the features as of any time, including `request`, which the entity may or may not hold; changes nothing.
   * @param read `attributes` of the request's transaction, if the terminal does not hold it
   */
  peek(
    entity: EntityHandle,
    read: { readonly atMs: number; readonly attributes: number },
    request: StateEvent | undefined,
    out: Float64Array,
  ): void {
    const { reading, rings } = this;
    const block = rings.blockOf(entity);
    reading.readAsOf(block, read.atMs, request);
    this.#lookUpFrauds(entity, block, request);
    reading.extraAttributes = read.attributes;
    evaluate(rings.plan.features, this.featureRows, out);
  }

  /**
   * As `peek`, for the stored state of a terminal; undefined = none is stored. Independent of the terminals in memory.
   * @param read `atMs` NaN = as of the newest transaction
   * @returns time of the newest transaction, −Infinity if there is none
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  peekPacked(
    packed: PackedRing | undefined,
    { atMs, attributes }: { readonly atMs: number; readonly attributes: number },
    request: StateEvent | undefined,
    out: Float64Array,
  ): number {
    const entity = this.openReading(packed);
    const newestMs = this.newestAtMs(entity);
    this.peek(entity, { atMs: Number.isNaN(atMs) ? newestMs : atMs, attributes }, request, out);
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
    const block = rings.blockOf(entity);
    const seq = slot + rings.baseOf(block);
    const labels = this.#labels[entity];
    if (labels !== undefined) {
      labels.shift(seq);
      labels.joinParked(event, seq, rings.rows.newestOf(block));
      this.#expectChange(entity);
    }
    this.inserted(entity, slot);
    this.table.markChanged(entity);
  }

  /** Joins the pending labels of the newest transaction. */
  #join(entity: EntityHandle, event: StateEvent): void {
    const block = this.rings.blockOf(entity);
    if (!this.rings.has(block, PARKED)) return;
    const seq = (this.rings.arena.i32[block + END] as number) - 1 + this.rings.baseOf(block);
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

  /** Marks the known frauds as outdated after labels have changed. */
  #expectChange(entity: EntityHandle): void {
    const block = this.rings.blockOf(entity);
    this.rings.setDue(block, -Infinity);
    this.rings.setFlag(block, PARKED, this.parkedLabelCount(entity) > 0);
  }

  /** Known frauds as of the newest transaction. */
  #readKnownFrauds(entity: EntityHandle, block: number): void {
    const { reading, rings } = this;
    const { i32 } = rings.arena;
    reading.isExtraFraud = false;
    if (!rings.has(block, FRAUDS)) return reading.clearFrauds();
    reading.hasFrauds = true;
    reading.frauds = this.#labels[entity]?.frauds ?? [];
    const { fraudFromAt, fraudToAt } = rings.layout;
    for (let s = 0; s < reading.fraudFrom.length; s++) {
      reading.fraudFrom[s] = i32[block + (fraudFromAt[s] as number)] as number;
      reading.fraudTo[s] = i32[block + (fraudToAt[s] as number)] as number;
    }
  }

  /** Recomputes the known frauds as of the newest transaction, and when they change next. */
  #recount(entity: EntityHandle, block: number): void {
    const labels = this.#labels[entity];
    if (labels === undefined) return;
    const { i32 } = this.rings.arena;
    const atMs = this.rings.rows.newestOf(block);
    const { frauds } = labels;
    const base = this.rings.baseOf(block);
    labels.drop(base + this.rings.physicalOf(block), base + (i32[block + FIRST] as number));
    labels.reveal(atMs);
    this.rings.setFlag(block, FRAUDS, frauds.length > 0);
    this.rings.setDue(block, Math.min(labels.nextAtMs, this.#known.note(block, frauds)));
  }

  /** Known frauds as of the reading's time, from the labels available by then. */
  #lookUpFrauds(entity: EntityHandle, block: number, request: StateEvent | undefined): void {
    const { reading, rings } = this;
    const labels = this.#labels[entity];
    const frauds = this.#frauds;
    frauds.length = 0;
    reading.isExtraFraud = false;
    reading.frauds = frauds;
    if (labels !== undefined) {
      const base = rings.baseOf(block);
      const from = base + rings.rows.upperBound(block, reading.atMs - this.#longestMs);
      const end = base + rings.rows.upperBound(block, reading.atMs - this.#shortestDelayMs);
      labels.fraudsAt(reading.atMs, [from, end], frauds);
      if (request !== undefined && reading.currentSlot === NOT_FOUND) {
        const code = labels.parkedInForce(request, reading.atMs, rings.rows.newestOf(block));
        reading.isExtraFraud = isFraudCode(code);
      }
    }
    this.#placeFrauds(block, reading.atMs, frauds);
  }

  /** Finds each fraud span's range in an ascending list of frauds. */
  #placeFrauds(block: number, atMs: number, frauds: readonly number[]): void {
    const { fraudSpans } = this.rings.plan;
    const { fraudFrom, fraudTo } = this.reading;
    this.reading.hasFrauds = true;
    for (let s = 0; s < fraudSpans.length; s++) {
      const { delayMs, edgeMs } = fraudSpans[s] as { readonly delayMs: number; readonly edgeMs: number };
      fraudFrom[s] = this.#firstAfter(block, frauds, atMs - edgeMs);
      fraudTo[s] = this.#firstAfter(block, frauds, atMs - delayMs);
    }
  }

  /** Position of the first fraud later than a time. */
  #firstAfter(block: number, frauds: readonly number[], timeMs: number): number {
    let low = 0;
    let high = frauds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timeOfFraud(block, frauds[middle] as number) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #timeOfFraud(block: number, seq: number): number {
    return this.rings.rows.timeOf(block, seq - this.rings.baseOf(block));
  }
}
