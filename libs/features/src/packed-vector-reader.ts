import { CustomerEngine } from './customer-engine.js';
import type { PackedRing } from './ring-unpacker.js';
import type { StateEvent } from './state-event.js';
import { TerminalEngine } from './terminal-engine.js';
import { writeTransactionFeatures } from './transaction-features.js';
import type { VectorPlan } from './vector-plan.js';

/** What was stored of the entities of a vector. */
export interface PackedEntities {
  /** `absent` = never seen, `unasked` = not to be read. */
  readonly customer: PackedRing | 'absent' | 'unasked';
  readonly terminal: PackedRing | 'absent' | 'unasked';
}

/**
 * Evaluates vectors straight from stored states: the numbers of the stream, as of any time and with a transaction in hand.
 * Keeps nothing between reads but memory to work in.
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
   * Writes the features as of `atMs` into `out`; slots of what cannot be known are NaN (missing): of an entity not asked for, or
   * never seen with no transaction in hand; what is about the transaction in hand without one.
   * @param atMs NaN = as of the transaction in hand, or else of each entity's newest transaction
   * @throws AppError failed_precondition `STATE_CORRUPT`
   */
  read(entities: PackedEntities, atMs: number, inHand: StateEvent | undefined, out: Float64Array): void {
    const { customer, terminal } = entities;
    const readAtMs = Number.isNaN(atMs) && inHand !== undefined ? inHand.occurredAtMs : atMs;
    out.fill(Number.NaN, 0, this.#plan.length);
    this.#customerNewestMs = -Infinity;
    this.#terminalNewestMs = -Infinity;
    let attributes = 0;
    if (inHand !== undefined) writeTransactionFeatures(this.#plan.transaction, inHand, out);
    if (isReadable(customer, inHand)) {
      this.#customerNewestMs = this.#customers.peekPacked(stored(customer), readAtMs, inHand, out);
      ({ attributes } = this.#customers);
    }
    if (isReadable(terminal, inHand)) {
      this.#terminalNewestMs = this.#terminals.peekPacked(
        stored(terminal),
        { atMs: readAtMs, attributes },
        inHand,
        out,
      );
    }
  }
}

type Stored = PackedEntities['customer'];

/** An entity never seen counts as empty with a transaction in hand, which would be its first. */
function isReadable(entity: Stored, inHand: StateEvent | undefined): boolean {
  return entity !== 'unasked' && (entity !== 'absent' || inHand !== undefined);
}

function stored(entity: Stored): PackedRing | undefined {
  return typeof entity === 'string' ? undefined : entity;
}
