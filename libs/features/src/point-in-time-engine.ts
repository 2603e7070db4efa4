import { CustomerEngine } from './customer-engine.js';
import type { ApplyOutcome, LabelEvent, LabelOutcome, StateEvent } from './state-event.js';
import { TerminalEngine } from './terminal-engine.js';
import { writeTransactionFeatures } from './transaction-features.js';
import type { VectorPlan } from './vector-plan.js';

/** Whose features are read; an empty id is not asked for. */
export interface EntityKeys {
  readonly customerId: string;
  readonly terminalId: string;
}

/**
 * The stream's computation as one object: fed with transactions and labels in log order it gives what the stream gave, and
 * answers reads as of any time in between. Holds all entities it has met; pure.
 */
export class PointInTimeEngine {
  readonly #plan: VectorPlan;
  readonly #customers: CustomerEngine;
  readonly #terminals: TerminalEngine;
  readonly #unread: Float64Array;

  constructor(plan: VectorPlan) {
    this.#plan = plan;
    this.#customers = new CustomerEngine(plan);
    this.#terminals = new TerminalEngine(plan);
    this.#unread = new Float64Array(plan.length);
  }

  /**
   * Takes a transaction in as the stages do; with `out`, writes the vector the stream gave it (not for a duplicate, which the
   * stream drops).
   * @returns what became of it at its customer, or `duplicate` if either side knows its id: the stream drops it or dead-letters it
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  transaction(customerId: string, terminalId: string, event: StateEvent, out = this.#unread): ApplyOutcome {
    const customer = this.#customers.findOrOpen(customerId);
    const outcome = this.#customers.apply(customer, event, out);
    if (outcome === 'duplicate' || outcome === 'reused') return 'duplicate';
    const terminal = this.#terminals.findOrOpen(terminalId);
    writeTransactionFeatures(this.#plan.transaction, event, out);
    const atTerminal = this.#terminals.apply(terminal, event, this.#customers.attributes, out);
    return atTerminal === 'duplicate' || atTerminal === 'reused' ? 'duplicate' : outcome;
  }

  /** Takes a label in. @throws AppError invalid_input `EVENT_INVALID` */
  label(terminalId: string, label: LabelEvent): LabelOutcome {
    return this.#terminals.applyLabel(this.#terminals.findOrOpen(terminalId), label);
  }

  /**
   * Writes the features as of `atMs` into `out`, with the transaction in hand if one is given. NaN = missing: an entity not
   * asked for, or never seen with no transaction in hand; what is about the transaction in hand without one.
   */
  read(keys: EntityKeys, atMs: number, inHand: StateEvent | undefined, out: Float64Array): void {
    out.fill(Number.NaN, 0, this.#plan.length);
    if (inHand !== undefined) writeTransactionFeatures(this.#plan.transaction, inHand, out);
    const attributes = this.#readCustomer(keys.customerId, atMs, inHand, out);
    const terminal = this.#terminals.find(keys.terminalId);
    if (terminal >= 0) return this.#terminals.peek(terminal, { atMs, attributes }, inHand, out);
    if (keys.terminalId === '' || inHand === undefined) return undefined;
    // An entity never seen counts as empty with a transaction in hand, which would be its first.
    this.#terminals.peek(this.#terminals.open(keys.terminalId), { atMs, attributes }, inHand, out);
    this.#terminals.drop(keys.terminalId);
  }

  /** @returns what the customer's side says of the transaction in hand */
  #readCustomer(id: string, atMs: number, inHand: StateEvent | undefined, out: Float64Array): number {
    const customer = this.#customers.find(id);
    if (customer < 0 && (id === '' || inHand === undefined)) return 0;
    this.#customers.peek(customer < 0 ? this.#customers.open(id) : customer, atMs, inHand, out);
    if (customer < 0) this.#customers.drop(id);
    return this.#customers.attributes;
  }
}
