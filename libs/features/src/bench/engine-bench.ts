import { DAY_MS } from '@fraudflow/core';
import { CustomerEngine } from '../customer-engine.js';
import type { FeatureDefinition } from '../definitions.js';
import type { EntityEngine } from '../entity-engine.js';
import { TerminalEngine } from '../terminal-engine.js';
import { LABEL_DELAY_MS } from '../time-rules.js';
import { writeTransactionFeatures } from '../transaction-features.js';
import { planVector } from '../vector-plan.js';

/** Clocks of the process that measures: this library has none. */
export interface BenchClock {
  /** Wall time, fractional µs since any moment. */
  nowUs(): number;
  /** CPU time of the process, µs. */
  cpuUs(): number;
}

export interface EngineBenchOptions {
  readonly features: readonly FeatureDefinition[];
  readonly events: number;
  readonly clock: BenchClock;
  /** Whether each event is timed, which costs more than the event. */
  readonly isTimed: boolean;
}

export interface EngineBenchResult {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number;
  /** µs an event, ascending; empty unless timed. */
  readonly timesUs: Float64Array;
  readonly customer: EntityFigures;
  readonly terminal: EntityFigures;
}

/** Means over the entities of one kind. */
export interface EntityFigures {
  readonly events: number;
  readonly bytesHeld: number;
  readonly bytesPacked: number;
  readonly packUs: number;
  readonly loadUs: number;
}

const CUSTOMERS = 5_000;
const TERMINALS = 10_000;
const EVENTS_PER_DAY = 9_600;
const STEP_MS = DAY_MS / EVENTS_PER_DAY;
const FRAUD_EVERY = 122;
const WARM_UP = 600_000;
const MAX_AMOUNT_MINOR = 20_000;
const SEED = 2_463_534_242;
const CHARGEBACK = 0;

/**
 * The window engine alone, both stages of an event one after the other, from looking the entities up by id to the whole vector: the
 * handbook's rates over uniform keys, after a warm-up that fills the windows. The same events in every run.
 */
export function benchEngine({ features, events, clock, isTimed }: EngineBenchOptions): EngineBenchResult {
  const run = new EngineRun(features);
  for (let i = 0; i < WARM_UP; i++) run.step(i);
  const times = new Float64Array(isTimed ? events : 0);
  const beganUs = clock.nowUs();
  const cpuUs = clock.cpuUs();
  for (let i = 0; i < events; i++) {
    if (!isTimed) run.step(WARM_UP + i);
    else {
      run.draw(WARM_UP + i);
      const from = clock.nowUs();
      run.apply();
      times[i] = clock.nowUs() - from;
      run.label(WARM_UP + i);
    }
  }
  return {
    eventsPerSecond: (events * 1e6) / (clock.nowUs() - beganUs),
    cpuUsPerEvent: (clock.cpuUs() - cpuUs) / events,
    timesUs: times.sort(),
    customer: figuresOf(run.customers, new CustomerEngine(run.plan), clock),
    terminal: figuresOf(run.terminals, new TerminalEngine(run.plan), clock),
  };
}

/** xorshift32: the same keys in every run. */
class Xorshift {
  #x = SEED | 0;

  next(): number {
    this.#x ^= this.#x << 13;
    this.#x ^= this.#x >>> 17;
    this.#x ^= this.#x << 5;
    return this.#x >>> 0;
  }
}

class EngineRun {
  readonly plan;
  readonly customers: CustomerEngine;
  readonly terminals: TerminalEngine;
  readonly #out: Float64Array;
  readonly #random = new Xorshift();
  readonly #customerIds = Array.from({ length: CUSTOMERS }, (_, i) => `c${i}`);
  readonly #terminalIds = Array.from({ length: TERMINALS }, (_, i) => `t${i}`);
  readonly #id = { hi: 0, lo: 0 };
  readonly #event = { idHash: this.#id, occurredAtMs: 0, amountMinor: 0 };
  #customerId = '';
  #terminalId = '';

  constructor(features: readonly FeatureDefinition[]) {
    this.plan = planVector(features);
    this.customers = new CustomerEngine(this.plan);
    this.terminals = new TerminalEngine(this.plan);
    this.#out = new Float64Array(features.length);
  }

  step(index: number): void {
    this.draw(index);
    this.apply();
    this.label(index);
  }

  draw(index: number): void {
    this.#id.hi = this.#random.next();
    this.#id.lo = this.#random.next();
    this.#event.occurredAtMs = Math.floor(index * STEP_MS);
    this.#event.amountMinor = this.#random.next() % MAX_AMOUNT_MINOR;
    this.#customerId = this.#customerIds[this.#random.next() % CUSTOMERS] as string;
    this.#terminalId = this.#terminalIds[this.#random.next() % TERMINALS] as string;
  }

  apply(): void {
    const { customers, terminals } = this;
    const event = this.#event;
    writeTransactionFeatures(this.plan.transaction, event, this.#out);
    customers.apply(customers.findOrOpen(this.#customerId), event, this.#out);
    terminals.apply(terminals.findOrOpen(this.#terminalId), event, customers.attributes, this.#out);
  }

  label(index: number): void {
    if (index % FRAUD_EVERY !== 0) return;
    const { occurredAtMs } = this.#event;
    this.terminals.applyLabel(this.terminals.findOrOpen(this.#terminalId), {
      idHash: this.#id,
      occurredAtMs,
      isFraud: true,
      labelledAtMs: occurredAtMs + LABEL_DELAY_MS,
      sourceRank: CHARGEBACK,
    });
  }
}

/** All entities were changed since the last `takeChanges`, as there was none. */
function figuresOf(engine: EntityEngine, fresh: EntityEngine, clock: BenchClock): EntityFigures {
  const began = clock.nowUs();
  const packed = [...engine.takeChanges()];
  const packedAt = clock.nowUs();
  for (const [id, head] of packed) if (head !== null) fresh.load(id, { head, segments: [] });
  const loadedAt = clock.nowUs();
  const count = packed.length;
  const total = (of: (id: string, head: Uint8Array) => number): number =>
    packed.reduce((sum, [id, head]) => sum + (head === null ? 0 : of(id, head)), 0) / count;
  return {
    events: total((id) => engine.eventCount(engine.find(id))),
    bytesHeld: total((id) => engine.bytesOf(engine.find(id))),
    bytesPacked: total((_, head) => head.length),
    packUs: (packedAt - began) / count,
    loadUs: (loadedAt - packedAt) / count,
  };
}
