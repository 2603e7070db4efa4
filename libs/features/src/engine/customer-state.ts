import { CustomerEngine } from './customer-engine.js';
import { FRAUD_DETECTION_FEATURES } from '../catalog/fraud-detection-features.js';
import type { ApplyOutcome, StateEvent } from '../plan/state-event.js';
import { planVector } from '../plan/vector-plan.js';

const PLAN = planVector(FRAUD_DETECTION_FEATURES.features);
const ID = 'one';

/**
 * One customer in its own engine, with the published features, for tests and small uses. Use one `CustomerEngine` for
 * many customers. The state and its bytes are a pure function of the sequence of events given to `apply`.
 */
export class CustomerState {
  readonly #engine = new CustomerEngine(PLAN);
  readonly #entity: number;
  readonly #scratch = new Float64Array(PLAN.length);

  private constructor(head: Uint8Array | undefined) {
    this.#entity = head === undefined ? this.#engine.open(ID) : this.#engine.load(ID, { head, segments: [] });
  }

  /** State of a customer without events. */
  static empty(): CustomerState {
    return new CustomerState(undefined);
  }

  /** @throws AppError failed_precondition `STATE_CORRUPT`, also for a state with several segments */
  static decode(bytes: Uint8Array): CustomerState {
    return new CustomerState(bytes);
  }

  /** Packed form; only the head if there are very many events. */
  encode(): Uint8Array {
    return this.#engine.pack(this.#entity);
  }

  /** Number of events held. */
  get eventCount(): number {
    return this.#engine.eventCount(this.#entity);
  }

  /** Bytes of memory, free capacity included. */
  get byteLength(): number {
    return this.#engine.bytesOf(this.#entity);
  }

  /** Time of the newest event, −Infinity if there is none. Reads from 7 days before it on are exact. */
  get newestAtMs(): number {
    return this.#engine.newestAtMs(this.#entity);
  }

  /**
   * Applies a transaction: O(1) amortised in order, O(distance) when late.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(event: StateEvent): ApplyOutcome {
    return this.#engine.apply(this.#entity, event, this.#scratch);
  }

  /**
   * Writes the features as of `atMs` into slots 3..8 of `out`; with the time of the event just applied, that event's.
   */
  features(atMs: number, out: Float64Array): void {
    if (atMs === this.newestAtMs) this.#engine.emit(this.#entity, out);
    else this.peek(atMs, undefined, out);
  }

  /** As `features`, including `request`, a transaction that the state may not hold; changes nothing. */
  peek(atMs: number, request: StateEvent | undefined, out: Float64Array): void {
    this.#engine.peek(this.#entity, atMs, request, out);
  }
}
