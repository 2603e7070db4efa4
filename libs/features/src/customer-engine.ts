import { BeforeFeatures } from './before-features.js';
import { EntityEngine, type EntityHandle } from './entity-engine.js';
import { CUSTOMER_COUNTERPART_BITS } from './counterpart.js';
import { attributesInHand, evaluate } from './evaluate.js';
import { ATTRIBUTE_WINDOW, attributesOf } from './event-attributes.js';
import type { PackedRing } from './ring-unpacker.js';
import { type ApplyOutcome, checkEvent, type StateEvent } from './state-event.js';
import { ALLOWED_LATENESS_MS, CUSTOMER_RETENTION_MS } from './time-rules.js';
import type { VectorPlan } from './vector-plan.js';

/**
 * The transactions of the last 37 days of many customers, and running numbers over the windows a plan's features look at. The
 * features it writes are those of view `customer`, at their slots of the plan's vector.
 */
export class CustomerEngine extends EntityEngine {
  /** The span attributes are judged by, or −1 if the plan does not need them. */
  readonly #attributeSpan: number;
  readonly #before: BeforeFeatures;
  #attributes = 0;

  constructor(plan: VectorPlan, segmentRows?: number) {
    super('customer', plan.customer, { retentionMs: CUSTOMER_RETENTION_MS, segmentRows });
    this.#attributeSpan = plan.needsAttributes
      ? plan.customer.spans.findIndex(
          ({ lengthMs, delayMs }) => lengthMs === ATTRIBUTE_WINDOW.lengthMs && delayMs === ATTRIBUTE_WINDOW.delayMs,
        )
      : -1;
    this.#before = new BeforeFeatures(this.rings, this.running.others, this.#attributeSpan);
  }

  /** What the customer's side says of the transaction last applied or read with: see `event-attributes`. */
  get attributes(): number {
    return this.#attributes;
  }

  /**
   * Takes a transaction in, O(1) amortised in order and O(distance) when late, and writes its features: those as of its time,
   * also if it is too late to be kept. Nothing is written for an id that is held.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(entity: EntityHandle, event: StateEvent, out: Float64Array): ApplyOutcome {
    checkEvent(event);
    const { rings } = this;
    const { hi, lo } = event.idHash;
    const p = rings.blockOf(entity);
    if (rings.holds(p, hi, lo)) return rings.isRepeat(p, event, CUSTOMER_COUNTERPART_BITS) ? 'duplicate' : 'reused';
    const newest = rings.rows.newestOf(p);
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

  /** Writes the features as of the newest transaction, which is the one in hand, from the running numbers. */
  emit(entity: EntityHandle, out: Float64Array): void {
    const p = this.rings.blockOf(entity);
    const before = this.#before;
    this.running.write(p, out);
    before.write(p, out);
    if (this.#attributeSpan >= 0) this.#attributes = attributesOf(this.rings.newestAmountOf(p), before.median);
    if (before.others.length === 0) return;
    this.reading.readNewest(p);
    evaluate(before.others, this.reading, out);
  }

  /**
   * Writes the features as of any time, counting `inHand`, which the entity need not know; changes nothing. If it is known, it
   * counts once, and a read at its own time gives what it got when it was applied.
   */
  peek(entity: EntityHandle, atMs: number, inHand: StateEvent | undefined, out: Float64Array): void {
    this.reading.readAsOf(this.rings.blockOf(entity), atMs, inHand);
    evaluate(this.rings.plan.features, this.reading, out);
    this.#judge();
  }

  /**
   * As `peek`, of what was stored of a customer, undefined if nothing was; the customers in memory play no part.
   * @param atMs NaN = as of the newest transaction
   * @returns time of the newest transaction, −Infinity if there is none
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  peekPacked(packed: PackedRing | undefined, atMs: number, inHand: StateEvent | undefined, out: Float64Array): number {
    const entity = this.openReading(packed);
    const newestMs = this.newestAtMs(entity);
    this.peek(entity, Number.isNaN(atMs) ? newestMs : atMs, inHand, out);
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
    // Rows and windows are all there is.
  }

  protected released(): void {
    // Nothing is held beside the ring.
  }

  #judge(): void {
    const { reading } = this;
    const isKnown = this.#attributeSpan >= 0 && reading.hasCurrent;
    this.#attributes = isKnown ? attributesInHand(reading, this.#attributeSpan) : 0;
  }
}
