import { asError, delay, timedOut } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { BatchControl, BusConsumerHandlers, OffsetRange } from '../../port/bus.js';
import { partitionName, type RawBatch, type TopicPartition } from '../../port/record.js';
import type { GroupMembership } from './group-membership.js';
import { isRebalance } from '../client/kafka-errors.js';
import { OffsetCommits } from './offset-commits.js';
import { PartitionState } from './partition-state.js';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
const FAILURE_PAUSE_MS = 500;
/** A heartbeat requested within this time of the last one is skipped. */
const HEARTBEAT_FRESH_MS = 200;

export interface GroupSessionOptions {
  readonly membership: GroupMembership;
  readonly handlers: BusConsumerHandlers;
  readonly logger: Logger;
  readonly heartbeatEveryMs: number;
  readonly sessionTimeoutMs: number;
  /** Where partitions start that have no committed offset. */
  defaultStart(target: TopicPartition): Promise<number>;
  /** First and next offset of a partition. */
  offsetRange(target: TopicPartition): Promise<OffsetRange>;
  /** True if a topic was recreated, so that the session has to end. @throws kafkajs errors */
  topicsChanged(): Promise<boolean>;
}

/**
 * The partitions of one group generation, from assignment to the next rebalance: opens them, sends heartbeats, passes
 * batches to the handlers, repositions and pauses. Heartbeats run on a separate timer, so that slow work does not cost
 * the membership.
 */
export class GroupSession {
  readonly partitions: readonly PartitionState[];
  /** The error that ended the session, if it did not end normally. */
  failure: unknown;
  private readonly ended = new AbortController();
  /** Aborted when no handler runs any more. */
  private readonly closed = new AbortController();
  private beating: Promise<void> | undefined;
  private readonly commits: OffsetCommits;
  /**
   * Number of running handlers and openings. A counter instead of a set: a set that changes with each batch keeps ended
   * promises alive (see TransientTable).
   */
  private running = 0;
  private whenDrained: (() => void) | undefined;
  private lastHeartbeatAtMs = performance.now();
  /** One waiter per broker that is fetched from. */
  private waiters: (() => void)[] = [];
  private offsets: Promise<ReadonlyMap<string, number>> | undefined;

  constructor(
    targets: readonly TopicPartition[],
    private readonly options: GroupSessionOptions,
  ) {
    this.partitions = targets.map((target) => new PartitionState(target));
    this.commits = new OffsetCommits({
      membership: options.membership,
      signal: this.signal,
      onFailure: (thrown) => this.noteRebalance(thrown),
    });
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  begin(): void {
    for (const state of this.partitions) void this.track(this.open(state));
    void this.keepAlive();
  }

  end(failure?: unknown): void {
    this.failure ??= failure;
    this.ended.abort();
    this.wake();
  }

  /**
   * Resolves when no handler runs any more and the offsets of handled records are committed. Heartbeats continue until
   * then: a handler may take longer than the session timeout.
   */
  async drained(): Promise<void> {
    while (this.running > 0) await new Promise<void>((resolve) => (this.whenDrained = resolve));
    await this.commits.flush();
    this.closed.abort();
  }

  /** Resolves when a partition may have become ready or the session has ended, or else after `atMostMs`. */
  changed(atMostMs: number): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiters = this.waiters.filter((waiter) => waiter !== wake);
        resolve();
      };
      const timer = setTimeout(wake, atMostMs);
      this.waiters.push(wake);
    });
  }

  /** Passes a batch to its handler; resolves, never rejects, when it is handled. */
  handle(state: PartitionState, batch: RawBatch): Promise<void> {
    state.phase = 'busy';
    return this.track(this.run(state, batch));
  }

  /** Opens a partition again, unless it is being handled or opened. */
  reassign({ topic, partition }: TopicPartition): void {
    const state = this.partitions.find((held) => held.topic === topic && held.partition === partition);
    if (!state || this.signal.aborted || state.phase === 'busy' || state.phase === 'opening') return;
    state.phase = 'opening';
    void this.track(this.open(state));
  }

  /** Reports that a partition has no visible record up to its end. */
  noteEnd(state: PartitionState): void {
    this.options.handlers.atEnd?.(state, state.fetchFrom);
  }

  /** The requested offset is outside the log: finds the cause and the offset to continue at. */
  reposition(state: PartitionState): void {
    state.phase = 'opening';
    void this.track(this.findPosition(state));
  }

  pause(state: PartitionState, forMs: number): void {
    state.phase = 'paused';
    void delay(forMs, this.signal).then(() => {
      // Another operation may have changed the phase.
      if (state.phase === 'paused') this.release(state);
    });
  }

  private async run(state: PartitionState, batch: RawBatch): Promise<void> {
    try {
      const { nextOffset, pauseMs } = await this.options.handlers.batch(batch, this.control(state));
      state.moveTo(nextOffset);
      if (pauseMs !== undefined && pauseMs > 0) this.pause(state, pauseMs);
      else this.release(state);
    } catch (thrown) {
      if (!this.signal.aborted) {
        const { topic, partition, fetchOffset } = batch;
        const line = { event: 'batch_failed', topic, partition, offset: fetchOffset, error: asError(thrown) };
        this.options.logger.error(line, asError(thrown).message);
      }
      state.moveTo(batch.fetchOffset);
      this.pause(state, FAILURE_PAUSE_MS);
    }
  }

  private control(state: PartitionState): BatchControl {
    return {
      signal: this.signal,
      heartbeat: () => this.heartbeat(HEARTBEAT_FRESH_MS),
      commit: (nextOffset) => this.commits.commit(state, nextOffset),
    };
  }

  private async findPosition(state: PartitionState): Promise<void> {
    const { logger, handlers } = this.options;
    const { topic, partition, fetchFrom } = state;
    try {
      const range = await this.options.offsetRange(state);
      if (fetchFrom < range.start) {
        const from = Math.max(state.position, state.lostUntil);
        if (from < range.start) handlers.lost?.(state, from, range.start);
        state.lostUntil = range.start;
        state.fetchFrom = range.start;
      } else if (fetchFrom > range.end) {
        // Checked first, so that a recreated topic is not read as a continuation of the old one.
        if (await this.options.topicsChanged()) return this.end();
        const line = { event: 'log_ends_before_position', topic, partition, offset: fetchFrom, end: range.end };
        logger.error(
          line,
          'the position is beyond the end of the log, which was truncated or recreated: continuing within its bounds',
        );
        return await this.open(state, range);
      }
      this.pause(state, FIRST_RETRY_MS);
    } catch (thrown) {
      logger.warn({ event: 'offset_range_failed', topic, partition, error: asError(thrown).message });
      this.pause(state, FAILURE_PAUSE_MS);
    }
  }

  /** @param bounds that a committed offset is clamped to */
  private async open(state: PartitionState, bounds?: OffsetRange): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !this.signal.aborted; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      try {
        const given = await this.options.handlers.assigned?.(state, this.signal);
        state.moveTo(given ?? within(bounds, await this.committed(state)));
        return this.release(state);
      } catch (thrown) {
        if (this.signal.aborted) return;
        const { topic, partition } = state;
        const error = asError(thrown).message;
        this.options.logger.error({ event: 'assignment_failed', topic, partition, retryMs, error });
        await delay(retryMs, this.signal);
      }
    }
  }

  /** Uses one request for all partitions of the generation. */
  private async committed(state: PartitionState): Promise<number> {
    this.offsets ??= this.options.membership.committed(this.partitions).catch((thrown: unknown) => {
      this.offsets = undefined;
      throw thrown;
    });
    return (await this.offsets).get(partitionName(state)) ?? (await this.options.defaultStart(state));
  }

  private async keepAlive(): Promise<void> {
    const { heartbeatEveryMs } = this.options;
    while (!this.closed.signal.aborted) {
      await delay(heartbeatEveryMs, this.closed.signal);
      if (!this.closed.signal.aborted) await this.heartbeat(heartbeatEveryMs / 2);
    }
  }

  private async heartbeat(freshMs: number): Promise<void> {
    if (performance.now() - this.lastHeartbeatAtMs < freshMs) return;
    await (this.beating ??= this.beat().finally(() => (this.beating = undefined)));
  }

  private async beat(): Promise<void> {
    const startedAtMs = performance.now();
    const timeLeftMs = Math.max(0, this.lastHeartbeatAtMs + this.options.sessionTimeoutMs - startedAtMs);
    const answered = new AbortController();
    try {
      await Promise.race([this.options.membership.heartbeat(), this.sessionLost(timeLeftMs, answered.signal)]);
      this.lastHeartbeatAtMs = startedAtMs;
    } catch (thrown) {
      this.noteRebalance(thrown);
      // No successful heartbeat for a whole session timeout: the group has reassigned our partitions.
      if (performance.now() - this.lastHeartbeatAtMs >= this.options.sessionTimeoutMs) this.end(thrown);
    } finally {
      answered.abort();
    }
  }

  /**
   * Rejects when the coordinator has not responded for a session timeout; with a hung broker we would otherwise wait
   * for the longer request timeout.
   */
  private async sessionLost(ms: number, answered: AbortSignal): Promise<void> {
    await delay(ms, answered);
    if (!answered.aborted)
      throw timedOut('the group coordinator has not responded for the session timeout', { code: 'SESSION_LOST' });
  }

  private noteRebalance(thrown: unknown): void {
    if (isRebalance(thrown)) this.end();
  }

  private release(state: PartitionState): void {
    if (this.signal.aborted || state.phase === 'ready') return;
    state.phase = 'ready';
    this.wake();
  }

  private wake(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }

  private track(work: Promise<void>): Promise<void> {
    this.running++;
    return work.finally(() => {
      if (--this.running === 0) this.whenDrained?.();
    });
  }
}

function within(bounds: OffsetRange | undefined, offset: number): number {
  return bounds === undefined ? offset : Math.min(Math.max(offset, bounds.start), bounds.end);
}
