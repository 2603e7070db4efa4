import { CustomerEngine } from '../src/engine/customer-engine.js';
import type { EntityEngine } from '../src/engine/entity-engine.js';
import { TerminalEngine } from '../src/engine/terminal-engine.js';
import { segmentKeys } from '../src/packed/packed-ring.js';
import type { StateEntity } from '../src/packed/state-keys.js';
import type { VectorPlan } from '../src/plan/vector-plan.js';
import { stateEvent, stateLabel, type Step } from './stream-steps.js';

/** Both engines over a store of bytes, as the stages use them. */
export class StoredStream {
  readonly store = new Map<string, Uint8Array>();
  /** Bytes written by the last commit. */
  written = 0;
  readonly #customers: CustomerEngine;
  readonly #terminals: TerminalEngine;
  readonly #plan: VectorPlan;

  constructor(plan: VectorPlan, segmentRows?: number) {
    this.#plan = plan;
    this.#customers = new CustomerEngine(plan, segmentRows);
    this.#terminals = new TerminalEngine(plan, segmentRows);
  }

  take(step: Step): { readonly outcome: string; readonly vector: number[] } {
    const terminal = this.#entity('terminal', this.#terminals, step.terminal);
    if (step.kind === 'label') return { outcome: this.#terminals.applyLabel(terminal, stateLabel(step)), vector: [] };
    const out = new Float64Array(this.#plan.length);
    const customer = this.#entity('customer', this.#customers, step.customer);
    const outcome = this.#customers.apply(customer, stateEvent(step), out);
    if (outcome === 'duplicate' || outcome === 'reused') return { outcome, vector: [] };
    const atTerminal = this.#terminals.apply(terminal, stateEvent(step), this.#customers.attributes, out);
    const isKnown = atTerminal === 'duplicate' || atTerminal === 'reused';
    return { outcome: `${outcome} ${atTerminal}`, vector: isKnown ? [] : [...out] };
  }

  /** Writes the changes. */
  commit(): void {
    this.written = 0;
    for (const [entity, engine] of [['customer', this.#customers] as const, ['terminal', this.#terminals] as const]) {
      for (const [key, bytes] of engine.takeChanges()) {
        if (bytes === null) this.store.delete(`${entity} ${key}`);
        else this.store.set(`${entity} ${key}`, bytes);
        this.written += bytes?.length ?? 0;
      }
    }
  }

  /** Evicts all entities that have been written. */
  evict(): void {
    this.#customers.trim(0);
    this.#terminals.trim(0);
  }

  #entity(entity: StateEntity, engine: EntityEngine, id: string): number {
    const known = engine.find(id);
    const head = this.store.get(`${entity} ${id}`);
    if (known >= 0) return known;
    if (head === undefined) return engine.open(id);
    const segments = segmentKeys(entity, id, head).map((key) => this.store.get(`${entity} ${key}`) ?? new Uint8Array());
    return engine.load(id, { head, segments });
  }
}

/** The whole store as one text, for comparison. */
export function contentOf(store: ReadonlyMap<string, Uint8Array>): string {
  return [...store]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, bytes]) => `${key} ${Buffer.from(bytes).toString('hex')}`)
    .join('\n');
}
