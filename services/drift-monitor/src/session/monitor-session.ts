import { asError, delay, notFound } from '@fraudflow/core';
import { type BusAdmin, ConsumerRuntime, type EventBus, type EventProducer } from '@fraudflow/messaging';
import type { Logger, Registry } from '@fraudflow/observability';
import type { DriftMonitorEvents } from '../events.js';
import { packState, unpackState } from '../deciding/checkpoint.js';
import type { MonitorOptions } from '../deciding/monitor-options.js';
import { MonitorState } from '../deciding/monitor-state.js';
import { ProfileLibrary } from '../profiles/profile-library.js';
import type { ProfileSource } from '../profiles/profile-source.port.js';
import { DRIFT_MONITOR_GROUP } from '../stream-graph.js';
import type { CheckpointStore } from './checkpoint-store.port.js';
import { INPUT_TOPICS, MonitorInputs } from './monitor-inputs.js';
import { Outbox } from './outbox.js';

/** What a session works with. */
export interface SessionParts {
  readonly bus: EventBus;
  readonly producer: EventProducer;
  readonly store: CheckpointStore;
  readonly profiles: ProfileSource;
  readonly events: DriftMonitorEvents;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Partitions of `transactions.scored` are added by the session. */
  readonly options: Omit<MonitorOptions, 'partitions'>;
  readonly timing: SessionTiming;
}

export interface SessionTiming {
  readonly checkpointMs: number;
  readonly leaseMs: number;
  readonly profileWaitMs: number;
}

/** Fetched rows of all partitions lie in memory at once, decoded; small fetches keep a catch-up small. */
const MAX_BYTES_PER_PARTITION = 256 * 1024;

/** What lives as long as a session. */
interface SessionWork {
  readonly state: MonitorState;
  readonly outbox: Outbox;
  readonly runtime: ConsumerRuntime;
  readonly profiles: ProfileLibrary;
}

/** A checkpoint takes at most this share of the time: the rest after it grows with its cost. */
const CHECKPOINT_TIME_SHARE = 0.05;
/** Event time that a partition may run ahead of the others while catching up; far less than a window. */
const MERGE_SKEW_SHARE = 0.25;

/** The time in which one instance is the active one, from its claim to its replacement or stop. */
export class MonitorSession {
  private constructor(
    private readonly parts: SessionParts,
    private readonly claim: { readonly epoch: number; readonly holder: string },
    private readonly work: SessionWork,
  ) {}

  get state(): MonitorState {
    return this.work.state;
  }

  get outbox(): Outbox {
    return this.work.outbox;
  }

  /** Restores the checkpoint and learns what was sent already. Nothing is read yet. */
  static async open(parts: SessionParts, claim: { epoch: number; holder: string }): Promise<MonitorSession> {
    const { bus, producer, events, logger, metrics, timing, options } = parts;
    const counts = await Promise.all(INPUT_TOPICS.map((topic) => partitionsOf(bus.admin, topic)));
    const state = await restored(parts, { ...options, partitions: counts[0] ?? 0 });
    const outbox = new Outbox(producer, events);
    await outbox.recall(bus.admin);
    const profiles = new ProfileLibrary(parts.profiles, events, { waitMs: timing.profileWaitMs });
    const inputs = new MonitorInputs(state, outbox, profiles, events);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const runtime = new ConsumerRuntime({
      bus,
      producer: producer.raw,
      logger,
      metrics,
      groupId: DRIFT_MONITOR_GROUP,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      // Windows last hours: a fifth of a second to gather rows costs nothing and saves most of the wake-ups.
      lingerMs: 200,
      merge: { maxSkewMs: options.windowMs * MERGE_SKEW_SHARE },
      subscriptions: inputs.subscriptions(bus.admin, total),
    });
    events.restored(state);
    return new MonitorSession(parts, claim, { state, outbox, runtime, profiles });
  }

  /**
   * Works until it is stopped or another instance has taken over. A checkpoint is written at the end if it is
   * still allowed.
   */
  async run(signal: AbortSignal): Promise<void> {
    await this.work.runtime.start();
    try {
      await this.#keepCheckpoints(signal);
    } finally {
      this.work.profiles.close();
      await this.work.runtime.stop();
    }
    if (signal.aborted) await this.#finish();
  }

  async #keepCheckpoints(signal: AbortSignal): Promise<void> {
    const { checkpointMs, leaseMs } = this.parts.timing;
    let restMs = checkpointMs;
    let sinceMs = 0;
    while (!signal.aborted) {
      const stepMs = Math.min(leaseMs / 3, restMs - sinceMs);
      await delay(Math.max(1, stepMs), signal);
      sinceMs += stepMs;
      if (signal.aborted || !(await this.#stayActive())) return;
      if (sinceMs < restMs) continue;
      const beganAtMs = performance.now();
      if (!(await this.#attempt(() => this.#checkpoint()))) return;
      restMs = Math.max(checkpointMs, (performance.now() - beganAtMs) / CHECKPOINT_TIME_SHARE);
      sinceMs = 0;
    }
  }

  async #stayActive(): Promise<boolean> {
    const { epoch, holder } = this.claim;
    return this.#attempt(() => this.parts.store.renew(epoch, holder, this.parts.timing.leaseMs));
  }

  /** False if we were replaced. A store that cannot be reached is reported and tried again: it replaces nobody. */
  async #attempt(step: () => Promise<boolean>): Promise<boolean> {
    try {
      const isOurs = await step();
      if (!isOurs) this.parts.events.replaced(this.claim.epoch);
      return isOurs;
    } catch (thrown) {
      this.parts.events.checkpointFailed(asError(thrown));
      return true;
    }
  }

  /** Outputs first, then state and positions together: a crash in between only repeats outputs under the same ids. */
  async #checkpoint(): Promise<boolean> {
    do await this.outbox.flush();
    while (!this.outbox.isEmpty);
    const beganAtMs = performance.now();
    const blob = await packState(this.state);
    const isSaved = await this.parts.store.save(this.claim.epoch, blob);
    if (isSaved) this.parts.events.checkpointed(blob.byteLength, performance.now() - beganAtMs);
    return isSaved;
  }

  async #finish(): Promise<void> {
    const { epoch, holder } = this.claim;
    if (!(await this.#attempt(() => this.#checkpoint()))) return;
    await this.parts.store.release(epoch, holder).catch((thrown: unknown) => {
      this.parts.events.checkpointFailed(asError(thrown));
    });
  }
}

async function partitionsOf(admin: BusAdmin, topic: string): Promise<number> {
  const count = await admin.partitionCount(topic);
  if (count === undefined) throw notFound(`topic ${topic} does not exist`, { code: 'UNKNOWN_TOPIC' });
  return count;
}

async function restored(parts: SessionParts, options: MonitorOptions): Promise<MonitorState> {
  const blob = await parts.store.load();
  if (blob === undefined) return new MonitorState(options);
  try {
    return await unpackState(blob, options);
  } catch (thrown) {
    // Everything can be had from the log again, and what was sent already is known by its id.
    parts.events.checkpointUnreadable(asError(thrown));
    return new MonitorState(options);
  }
}
