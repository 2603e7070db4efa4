import {
  CustomerEngine,
  type EntityEngine,
  type FeatureDefinition,
  LABEL_DELAY_MS,
  planVector,
  TerminalEngine,
  writeTransactionFeatures,
} from '@fraudflow/features';
import { BenchTraffic, CUSTOMERS, TERMINALS } from './engine-traffic.js';

/** Clocks of the measuring process. */
export interface BenchClock {
  /** Wall time, fractional µs since an arbitrary moment. */
  nowUs(): number;
  /** CPU time of the process, µs. */
  cpuUs(): number;
}

export interface EngineBenchOptions {
  readonly features: readonly FeatureDefinition[];
  readonly events: number;
  readonly clock: BenchClock;
  /** Whether each event is timed, which costs more than the event. Each event is then a separate batch. */
  readonly isTimed: boolean;
}

export interface EngineBenchResult {
  readonly eventsPerSecond: number;
  /** The events' share of the process's CPU time, in proportion to their share of the wall time. */
  readonly cpuUsPerEvent: number;
  /** The same for packing the changed states after each batch, which the other figures do not include. */
  readonly writeCpuUsPerEvent: number;
  /** µs per event, in order; empty unless timed. */
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

const WARM_UP = 600_000;
const BATCH = 500;
const CHARGEBACK = 0;

/**
 * Measures the window engine alone, from entity lookup to the whole vector, in batches as the stages process them: the
 * customers of a batch, then its terminals with their labels, then packing the changed states, which is measured
 * separately. A warm-up fills the windows first. Drawing the traffic is not counted.
 */
export function benchEngine({ features, events, clock, isTimed }: EngineBenchOptions): EngineBenchResult {
  const run = new EngineRun(features, clock);
  for (let i = 0; i < WARM_UP; i += BATCH) run.batch(BATCH);
  run.reset();
  const times = new Float64Array(isTimed ? events : 0);
  const size = isTimed ? 1 : BATCH;
  const beganUs = clock.nowUs();
  const beganCpuUs = clock.cpuUs();
  for (let i = 0; i < events; i += size) {
    run.batch(size);
    if (isTimed) times[i] = run.lastUs;
    if (!isTimed || i % BATCH === 0) run.write();
  }
  // Reading the CPU time costs as much as tens of events, so it is not read around each batch.
  const cpuPerWall = (clock.cpuUs() - beganCpuUs) / (clock.nowUs() - beganUs);
  const count = size * Math.ceil(events / size);
  return {
    eventsPerSecond: (count * 1e6) / run.wallUs,
    cpuUsPerEvent: (cpuPerWall * run.wallUs) / count,
    writeCpuUsPerEvent: (cpuPerWall * run.writeUs) / count,
    timesUs: times,
    customer: figuresOf(run.customers, new CustomerEngine(run.plan), { ids: run.customerIds, clock }),
    terminal: figuresOf(run.terminals, new TerminalEngine(run.plan), { ids: run.terminalIds, clock }),
  };
}

class EngineRun {
  readonly plan;
  readonly customers: CustomerEngine;
  readonly terminals: TerminalEngine;
  readonly customerIds = Array.from({ length: CUSTOMERS }, (_, i) => `c${i}`);
  readonly terminalIds = Array.from({ length: TERMINALS }, (_, i) => `t${i}`);
  wallUs = 0;
  lastUs = 0;
  writeUs = 0;
  readonly #clock: BenchClock;
  readonly #traffic = new BenchTraffic(BATCH);
  readonly #out: Float64Array;
  readonly #attributes = new Uint8Array(BATCH);
  readonly #id = { hi: 0, lo: 0 };
  readonly #event = { idHash: this.#id, occurredAtMs: 0, amountMinor: 0 };

  constructor(features: readonly FeatureDefinition[], clock: BenchClock) {
    this.plan = planVector(features);
    this.customers = new CustomerEngine(this.plan);
    this.terminals = new TerminalEngine(this.plan);
    this.#clock = clock;
    this.#out = new Float64Array(features.length);
  }

  /** Resets the figures. Call it after the warm-up. */
  reset(): void {
    this.write();
    this.wallUs = 0;
    this.writeUs = 0;
  }

  batch(count: number): void {
    this.#traffic.draw(count);
    const fromUs = this.#clock.nowUs();
    this.#applyToCustomers(count);
    this.#applyToTerminals(count);
    this.lastUs = this.#clock.nowUs() - fromUs;
    this.wallUs += this.lastUs;
  }

  write(): void {
    const fromUs = this.#clock.nowUs();
    this.customers.takeChanges();
    this.terminals.takeChanges();
    this.writeUs += this.#clock.nowUs() - fromUs;
  }

  /** Looks all entities up first, as the stage does to find out what to load. */
  #applyToCustomers(count: number): void {
    const { customers, customerIds } = this;
    const { customer } = this.#traffic;
    for (let i = 0; i < count; i++) customers.find(customerIds[customer[i] as number] as string);
    for (let i = 0; i < count; i++) {
      this.#take(i);
      writeTransactionFeatures(this.plan.transaction, this.#event, this.#out);
      const entity = customers.findOrOpen(customerIds[customer[i] as number] as string);
      customers.apply(entity, this.#event, this.#out);
      this.#attributes[i] = customers.attributes;
    }
  }

  #applyToTerminals(count: number): void {
    const { terminals, terminalIds } = this;
    const { terminal, isFraud } = this.#traffic;
    for (let i = 0; i < count; i++) terminals.find(terminalIds[terminal[i] as number] as string);
    for (let i = 0; i < count; i++) {
      this.#take(i);
      const entity = terminals.findOrOpen(terminalIds[terminal[i] as number] as string);
      terminals.apply(entity, this.#event, this.#attributes[i] as number, this.#out);
      if (isFraud[i] === 1) this.#label(entity);
    }
  }

  #take(i: number): void {
    const { hi, lo, atMs, amountMinor } = this.#traffic;
    this.#id.hi = hi[i] as number;
    this.#id.lo = lo[i] as number;
    this.#event.occurredAtMs = atMs[i] as number;
    this.#event.amountMinor = amountMinor[i] as number;
  }

  #label(entity: number): void {
    const { occurredAtMs } = this.#event;
    this.terminals.applyLabel(entity, {
      idHash: this.#id,
      occurredAtMs,
      isFraud: true,
      labelledAtMs: occurredAtMs + LABEL_DELAY_MS,
      sourceRank: CHARGEBACK,
    });
  }
}

function figuresOf(
  engine: EntityEngine,
  fresh: EntityEngine,
  { ids, clock }: { readonly ids: readonly string[]; readonly clock: BenchClock },
): EntityFigures {
  const began = clock.nowUs();
  const packed = ids.map((id) => engine.pack(engine.find(id)));
  const packedAt = clock.nowUs();
  packed.forEach((head, i) => fresh.load(ids[i] as string, { head, segments: [] }));
  const loadedAt = clock.nowUs();
  const meanOf = (of: (entity: number) => number): number =>
    ids.reduce((sum, id) => sum + of(engine.find(id)), 0) / ids.length;
  return {
    events: meanOf((entity) => engine.eventCount(entity)),
    bytesHeld: meanOf((entity) => engine.bytesOf(entity)),
    bytesPacked: packed.reduce((sum, head) => sum + head.length, 0) / ids.length,
    packUs: (packedAt - began) / ids.length,
    loadUs: (loadedAt - packedAt) / ids.length,
  };
}
