import { CustomerEngine } from './customer-engine.js';
import type { PackedRing } from '../packed/ring-unpacker.js';
import type { StateEvent } from '../plan/state-event.js';
import { TerminalEngine } from './terminal-engine.js';
import { writeTransactionFeatures } from '../plan/transaction-features.js';
import type { VectorPlan } from '../plan/vector-plan.js';

/** Stored states of the entities of a vector. */
export interface PackedEntities {
  /** `absent` = never seen, `unasked` = do not read. */
  readonly customer: PackedRing | 'absent' | 'unasked';
  readonly terminal: PackedRing | 'absent' | 'unasked';
}

/**
 * Evaluates vectors straight from stored states, as of any time and with the request's transaction. The results equal
 * those of the stream. Keeps only scratch memory between reads.
 */
export class PackedVectorReader {
  readonly #plan: VectorPlan;
  readonly #customers: CustomerEngine;
  readonly #terminals: TerminalEngine;
  #customerNewestMs = -Infinity;
  #terminalNewestMs = -Infinity;

  constructor(plan: VectorPlan) {
    this.#plan = plan;
    this.#customers = new CustomerEngine(plan);
    this.#terminals = new TerminalEngine(plan);
  }

  /** Time of the newest transaction of the customer last read, −Infinity if there is none. */
  get customerNewestMs(): number {
    return this.#customerNewestMs;
  }

  /** Time of the newest transaction of the terminal last read, −Infinity if there is none. */
  get terminalNewestMs(): number {
    return this.#terminalNewestMs;
  }

  /**
   * Writes the features as of `atMs` into `out`. Slots are NaN (missing) for an entity that was not requested, for an
   * unseen entity without a request's transaction, and for features about the request's transaction without one.
   * @param atMs NaN = as of the request's transaction, or else of each entity's newest transaction
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  read(entities: PackedEntities, atMs: number, request: StateEvent | undefined, out: Float64Array): void {
    const { customer, terminal } = entities;
    const readAtMs = Number.isNaN(atMs) && request !== undefined ? request.occurredAtMs : atMs;
    out.fill(Number.NaN, 0, this.#plan.length);
    this.#customerNewestMs = -Infinity;
    this.#terminalNewestMs = -Infinity;
    let attributes = 0;
    if (request !== undefined) writeTransactionFeatures(this.#plan.transaction, request, out);
    if (isReadable(customer, request)) {
      this.#customerNewestMs = this.#customers.peekPacked(stored(customer), readAtMs, request, out);
      ({ attributes } = this.#customers);
    }
    if (isReadable(terminal, request)) {
      this.#terminalNewestMs = this.#terminals.peekPacked(
        stored(terminal),
        { atMs: readAtMs, attributes },
        request,
        out,
      );
    }
  }
}

type Stored = PackedEntities['customer'];

/** An unseen entity counts as empty if the request has a transaction, which would be its first. */
function isReadable(entity: Stored, request: StateEvent | undefined): boolean {
  return entity !== 'unasked' && (entity !== 'absent' || request !== undefined);
}

function stored(entity: Stored): PackedRing | undefined {
  return typeof entity === 'string' ? undefined : entity;
}
