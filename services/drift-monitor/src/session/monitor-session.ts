import { asError, delay, notFound } from '@fraudflow/core';
import { type BusAdmin, ConsumerRuntime, type EventBus, type EventProducer } from '@fraudflow/messaging';
import type { Logger, Registry } from '@fraudflow/observability';
import type { DriftMonitorEvents } from '../events.js';
import { packState, unpackState } from '../deciding/checkpoint.js';
import type { MonitorOptions } from '../deciding/monitor-options.js';
import { MonitorState } from '../deciding/monitor-state.js';
import { ProfileLibrary } from '../profiles/profile-library.js';
import type { ProfileSource } from '../profiles/profile-source.port.js';
import { streams } from '../streams.js';
import type { CheckpointStore } from './checkpoint-store.port.js';
import { MonitorInputs } from './monitor-inputs.js';
import { Outbox } from './outbox.js';

/** Dependencies and options of a session. */
export interface SessionParts {
  readonly bus: EventBus;
  readonly producer: EventProducer;
  readonly store: CheckpointStore;
  readonly profiles: ProfileSource;
  readonly events: DriftMonitorEvents;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** The session adds the number of partitions of `transactions.scored`. */
  readonly options: Omit<MonitorOptions, 'partitions'>;
  readonly timing: SessionTiming;
}

export interface SessionTiming {
  readonly checkpointMs: number;
  readonly leaseMs: number;
  readonly profileWaitMs: number;
}

/** Decoded rows of all partitions are in memory at the same time; small fetches bound the memory of a catch-up. */
const MAX_BYTES_PER_PARTITION = 256 * 1024;

/** Objects with the lifetime of a session. */
interface SessionWork {
  readonly state: MonitorState;
  readonly outbox: Outbox;
  readonly runtime: ConsumerRuntime;
  readonly profiles: ProfileLibrary;
}

/** Maximum share of time for checkpoints: the pause after a checkpoint grows with its duration. */
const CHECKPOINT_TIME_SHARE = 0.05;
/** Share of a window by which partitions may be apart in event time during catch-up. */
const MERGE_SKEW_SHARE = 0.25;

/** The period in which an instance is active: from acquiring the lease to its replacement or stop. */
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

  /** Restores the checkpoint and loads the ids of sent outputs. Does not start to read the inputs. */
  static async open(parts: SessionParts, claim: { epoch: number; holder: string }): Promise<MonitorSession> {
    const { bus, producer, events, logger, metrics, timing, options } = parts;
    const counts = await Promise.all(streams.readers.monitor.topics.map(({ name }) => partitionsOf(bus.admin, name)));
    const state = await restored(parts, { ...options, partitions: counts[0] ?? 0 });
    const outbox = new Outbox(producer, events);
    await outbox.loadSentIds(bus.admin);
    const profiles = new ProfileLibrary(parts.profiles, events, { waitMs: timing.profileWaitMs });
    const inputs = new MonitorInputs(state, outbox, profiles, events);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const runtime = new ConsumerRuntime({
      bus,
      producer: producer.raw,
      logger,
      metrics,
      groupId: streams.readers.monitor.group,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      // A delay of 200 ms is negligible for windows of hours, and larger batches avoid most wake-ups.
      lingerMs: 200,
      merge: { maxSkewMs: options.windowMs * MERGE_SKEW_SHARE },
      subscriptions: inputs.subscriptions(bus.admin, total),
    });
    events.restored(state);
    return new MonitorSession(parts, claim, { state, outbox, runtime, profiles });
  }

  /**
   * Runs until it is stopped or replaced by another instance. After a stop it writes a last checkpoint and releases the
   * lease.
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
    let pauseMs = checkpointMs;
    let sinceMs = 0;
    while (!signal.aborted) {
      const stepMs = Math.min(leaseMs / 3, pauseMs - sinceMs);
      await delay(Math.max(1, stepMs), signal);
      sinceMs += stepMs;
      if (signal.aborted || !(await this.#stayActive())) return;
      if (sinceMs < pauseMs) continue;
      const beganAtMs = performance.now();
      if (!(await this.#attempt(() => this.#checkpoint()))) return;
      pauseMs = Math.max(checkpointMs, (performance.now() - beganAtMs) / CHECKPOINT_TIME_SHARE);
      sinceMs = 0;
    }
  }

  async #stayActive(): Promise<boolean> {
    const { epoch, holder } = this.claim;
    return this.#attempt(() => this.parts.store.renew(epoch, holder, this.parts.timing.leaseMs));
  }

  /** @returns false if this instance was replaced. An unavailable store is reported and retried; it ends no session. */
  async #attempt(step: () => Promise<boolean>): Promise<boolean> {
    try {
      const isActive = await step();
      if (!isActive) this.parts.events.replaced(this.claim.epoch);
      return isActive;
    } catch (thrown) {
      this.parts.events.checkpointFailed(asError(thrown));
      return true;
    }
  }

  /** Sends outputs, then saves state and positions together: a crash in between repeats outputs under the same ids. */
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
    // The state can be rebuilt from the log, and outputs that were sent already are recognised by their ids.
    parts.events.checkpointUnreadable(asError(thrown));
    return new MonitorState(options);
  }
}
