import { CustomerEngine } from './customer-engine.js';
import type { ApplyOutcome, LabelEvent, LabelOutcome, StateEvent } from '../plan/state-event.js';
import { TerminalEngine } from './terminal-engine.js';
import { writeTransactionFeatures } from '../plan/transaction-features.js';
import type { VectorPlan } from '../plan/vector-plan.js';

/** Entities whose features are read; an empty id is not read. */
export interface EntityKeys {
  readonly customerId: string;
  readonly terminalId: string;
}

/**
 * The stream's computation as one object. Fed with transactions and labels in log order it gives the stream's results,
 * and answers reads as of any time in between. Holds all entities in memory; pure.
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
   * Applies a transaction as the stages do; with `out`, writes its vector (not for a duplicate, which the stream
   * drops).
   * @returns the customer's outcome, or `duplicate` if either side holds its id: the stream drops it or dead-letters it
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

  /** Applies a label. @throws AppError invalid_input `EVENT_INVALID` */
  label(terminalId: string, label: LabelEvent): LabelOutcome {
    return this.#terminals.applyLabel(this.#terminals.findOrOpen(terminalId), label);
  }

  /**
   * Writes the features as of `atMs` into `out`, including the request's transaction if there is one. NaN = missing: an
   * entity that was not requested, an unseen entity without a request's transaction, features about a transaction
   * without one.
   */
  read(keys: EntityKeys, atMs: number, request: StateEvent | undefined, out: Float64Array): void {
    out.fill(Number.NaN, 0, this.#plan.length);
    if (request !== undefined) writeTransactionFeatures(this.#plan.transaction, request, out);
    const attributes = this.#readCustomer(keys.customerId, atMs, request, out);
    const terminal = this.#terminals.find(keys.terminalId);
    if (terminal >= 0) return this.#terminals.peek(terminal, { atMs, attributes }, request, out);
    if (keys.terminalId === '' || request === undefined) return undefined;
    // An unseen entity counts as empty if the request has a transaction, which would be its first.
    this.#terminals.peek(this.#terminals.open(keys.terminalId), { atMs, attributes }, request, out);
    this.#terminals.drop(keys.terminalId);
  }

  /** @returns attributes of the request's transaction */
  #readCustomer(id: string, atMs: number, request: StateEvent | undefined, out: Float64Array): number {
    const customer = this.#customers.find(id);
    if (customer < 0 && (id === '' || request === undefined)) return 0;
    this.#customers.peek(customer < 0 ? this.#customers.open(id) : customer, atMs, request, out);
    if (customer < 0) this.#customers.drop(id);
    return this.#customers.attributes;
  }
}
