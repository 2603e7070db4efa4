import { ComparisonFeatures } from '../evaluation/comparison-features.js';
import { EntityEngine, type EntityHandle } from './entity-engine.js';
import { CUSTOMER_COUNTERPART_BITS } from '../plan/counterpart.js';
import { requestAttributes, evaluate } from '../evaluation/evaluate.js';
import { ATTRIBUTE_WINDOW, attributesOf } from '../catalog/event-attributes.js';
import type { PackedRing } from '../packed/ring-unpacker.js';
import { type ApplyOutcome, checkEvent, type StateEvent } from '../plan/state-event.js';
import { ALLOWED_LATENESS_MS, CUSTOMER_RETENTION_MS } from '../catalog/time-rules.js';
import type { VectorPlan } from '../plan/vector-plan.js';

/**
 * Transactions of the last 37 days of many customers, with incremental aggregates for the windows of a plan. Writes the
 * features of view `customer` at their slots of the plan's vector.
 */
export class CustomerEngine extends EntityEngine {
  /** Span whose median attributes depend on, or −1 if the plan does not need them. */
  readonly #attributeSpan: number;
  readonly #isAccelerated: boolean;
  readonly #before: ComparisonFeatures;
  #attributes = 0;

  constructor(plan: VectorPlan, segmentRows?: number) {
    super('customer', plan.customer, { retentionMs: CUSTOMER_RETENTION_MS, segmentRows });
    this.#isAccelerated = plan.withAccelerators;
    this.#attributeSpan = plan.needsAttributes
      ? plan.customer.spans.findIndex(
          ({ lengthMs, delayMs }) => lengthMs === ATTRIBUTE_WINDOW.lengthMs && delayMs === ATTRIBUTE_WINDOW.delayMs,
        )
      : -1;
    this.#before = new ComparisonFeatures(this.rings, this.running.others, this.#attributeSpan);
  }

  /** Attributes of the transaction last applied or read: see `event-attributes`. */
  get attributes(): number {
    return this.#attributes;
  }

  /**
   * Applies a transaction, O(1) amortised in order and O(distance) when late, and writes its features as of its time,
   * also if it is too late to be kept. Writes nothing for an id that is held.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(entity: EntityHandle, event: StateEvent, out: Float64Array): ApplyOutcome {
    checkEvent(event);
    const { rings } = this;
    const { hi, lo } = event.idHash;
    const block = rings.blockOf(entity);
    if (rings.holds(block, hi, lo))
      return rings.isRepeat(block, event, CUSTOMER_COUNTERPART_BITS) ? 'duplicate' : 'reused';
    const newest = rings.rows.newestOf(block);
    if (event.occurredAtMs >= newest) {
      rings.append(entity, event, event.counterpart ?? 0);
      this.appended(entity);
      this.table.markChanged(entity);
      this.emit(entity, out);
      return 'applied';
    }
    const isTooLate = event.occurredAtMs < newest - ALLOWED_LATENESS_MS;
    if (!isTooLate) {
      this.inserted(entity, rings.insert(entity, event, event.counterpart ?? 0));
      this.table.markChanged(entity);
    }
    this.peek(entity, event.occurredAtMs, event, out);
    return isTooLate ? 'too_late' : 'late';
  }

  /** Writes the features as of the newest transaction, which is the request's, from the incremental aggregates. */
  emit(entity: EntityHandle, out: Float64Array): void {
    const block = this.rings.blockOf(entity);
    if (!this.#isAccelerated) {
      this.#emitPlain(block, out);
      return;
    }
    const before = this.#before;
    this.running.write(block, out);
    before.write(block, out);
    if (this.#attributeSpan >= 0) this.#attributes = attributesOf(this.rings.newestAmountOf(block), before.median);
    if (before.others.length === 0) return;
    this.reading.readNewest(block);
    evaluate(before.others, this.featureRows, out);
  }

  /**
   * Writes the features as of any time, including `request`, which the entity may or may not hold; changes nothing. If
   * it is held, it counts once, and a read at its own time returns the values it had when it was applied.
   */
  peek(entity: EntityHandle, atMs: number, request: StateEvent | undefined, out: Float64Array): void {
    this.reading.readAsOf(this.rings.blockOf(entity), atMs, request);
    evaluate(this.rings.plan.features, this.featureRows, out);
    this.#judge();
  }

  /**
   * As `peek`, for the stored state of a customer; undefined = none is stored. Independent of the customers in memory.
   * @param atMs NaN = as of the newest transaction
   * @returns time of the newest transaction, −Infinity if there is none
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  peekPacked(packed: PackedRing | undefined, atMs: number, request: StateEvent | undefined, out: Float64Array): number {
    const entity = this.openReading(packed);
    const newestMs = this.newestAtMs(entity);
    this.peek(entity, Number.isNaN(atMs) ? newestMs : atMs, request, out);
    this.closeReading(entity);
    return newestMs;
  }

  protected newLabels(): undefined {
    return undefined;
  }

  protected labelsOf(): undefined {
    return undefined;
  }

  protected loaded(): void {
    // A customer has only rows and windows.
  }

  protected released(): void {
    // A customer has no data outside the ring.
  }

  /** As `emit`, for a plan without accelerators. */
  #emitPlain(block: number, out: Float64Array): void {
    this.reading.readNewest(block);
    evaluate(this.rings.plan.features, this.featureRows, out);
    this.#judge();
  }

  #judge(): void {
    const { reading } = this;
    const isKnown = this.#attributeSpan >= 0 && reading.hasCurrent;
    this.#attributes = isKnown ? requestAttributes(reading, this.#attributeSpan) : 0;
  }
}
