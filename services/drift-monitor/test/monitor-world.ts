import {
  ALL_TOPICS,
  driftVerdictsTopic,
  type ModelEvent,
  modelsEventsTopic,
  retrainingRequestedTopic,
  type ScoredTransaction,
  transactionsScoredTopic,
} from '@fraudflow/contracts';
import { DeclaredBus, ensureTopics, type EventBus, EventProducer, MemoryBus, readTopic } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { DriftMonitorEvents } from '../src/events.js';
import type { MonitorOptions } from '../src/deciding/monitor-options.js';
import type { ScoredRow } from '../src/counting/monitor-row.js';
import type { CheckpointStore } from '../src/session/checkpoint-store.port.js';
import type { ProfileSource } from '../src/profiles/profile-source.port.js';
import { MonitorRunner } from '../src/session/monitor-runner.js';
import type { SessionTiming } from '../src/session/monitor-session.js';
import { streams } from '../src/streams.js';
import { aProfile, MODEL, monitorOptions } from './monitor-factories.js';
import { MemoryCheckpointStore } from './memory-checkpoint-store.js';

const PROFILE = aProfile();

/** A broker and a checkpoint store, in memory by default, shared by all monitors of a test. */
export class MonitorWorld<Bus extends EventBus = MemoryBus, Store extends CheckpointStore = MemoryCheckpointStore> {
  readonly producer: EventProducer;

  private constructor(
    readonly bus: Bus,
    readonly store: Store,
  ) {
    this.producer = new EventProducer(bus);
  }

  static async create(): Promise<MonitorWorld> {
    const world = new MonitorWorld(new MemoryBus(), new MemoryCheckpointStore());
    await ensureTopics(world.bus.admin, ALL_TOPICS, { partitions: 2 });
    return world;
  }

  /** Requires that the topics exist. */
  static over<Bus extends EventBus, Store extends CheckpointStore>(bus: Bus, store: Store): MonitorWorld<Bus, Store> {
    return new MonitorWorld(bus, store);
  }

  monitor(
    profiles: ProfileSource = { load: async () => PROFILE },
    timing: Partial<SessionTiming> = {},
    overrides: Partial<MonitorOptions> = {},
  ) {
    const metrics = new Registry();
    const { partitions: _partitions, ...options } = monitorOptions({ partitions: 2, ...overrides });
    // The monitor can access only the topics that it declares.
    const bus = new DeclaredBus(this.bus, streams);
    const runner = new MonitorRunner(
      {
        bus,
        producer: new EventProducer(bus),
        store: this.store,
        profiles,
        events: new DriftMonitorEvents(silentLogger, metrics),
        logger: silentLogger,
        metrics,
        options,
        timing: { checkpointMs: 20, leaseMs: 60, profileWaitMs: 60_000, ...timing },
      },
      10,
    );
    return { runner, metrics };
  }

  async score(rows: readonly ScoredRow[]): Promise<void> {
    const records = rows.map((row) => ({
      value: toScored(row),
      partition: row.offset % 2,
      eventId: row.transactionId,
    }));
    await this.producer.send(transactionsScoredTopic, records);
  }

  async promote(version: string): Promise<void> {
    const value: ModelEvent = {
      event_id: `promote-${version}`,
      sequence: Number(version),
      kind: 'stage_changed',
      model_name: MODEL,
      model_version: version,
      to_stage: 'Production',
      actor: 'test',
      occurred_at: '2026-01-01T00:00:00.000Z',
    };
    await this.producer.send(modelsEventsTopic, [{ value }]);
  }

  verdictIds(): Promise<string[]> {
    return this.#ids(driftVerdictsTopic.name, 'verdict_id');
  }

  requestIds(): Promise<string[]> {
    return this.#ids(retrainingRequestedTopic.name, 'request_id');
  }

  async #ids(topic: string, field: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { value } of readTopic(this.bus.admin, topic, { until: 'end' }))
      ids.push(String((JSON.parse(String(value)) as Record<string, unknown>)[field]));
    return ids;
  }
}

function toScored(row: ScoredRow): ScoredTransaction {
  return {
    transaction: {
      transaction_id: row.transactionId,
      occurred_at: new Date(row.eventAtMs).toISOString(),
      customer_id: 'c1',
      terminal_id: 'm1',
      amount_minor: 100,
      currency: 'EUR',
    } as unknown as ScoredTransaction['transaction'],
    feature_service: 'fraud_detection_features',
    features: { ...row.features },
    // JSON represents NaN as null.
    fraud_probability: Number.isFinite(row.probability) ? row.probability : (null as unknown as number),
    is_fraud: row.isFlagged,
    outcome: 'approve',
    policy_version: 'bands-1',
    threshold: row.threshold,
    reasons: [],
    model_name: row.model,
    model_version: row.version,
    model_role: row.isChampion ? 'champion' : 'shadow',
    timings: { scored_at_ms: 0, inference_us: 0 },
  };
}
