import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { RawBatch } from '../port/record.js';
import { fetchCall, type FetchedPartition, type FetchLimits } from './fetch-call.js';
import type { GroupSession } from './group-session.js';
import { closedConnectionOf } from './kafka-errors.js';
import type { KafkajsCluster } from './kafkajs-internals.js';
import type { PartitionState } from './partition-state.js';
import { decodeRecordBatches } from './record-batches.js';

/** Protocol error codes of a fetched partition. Source: https://kafka.apache.org/protocol#protocol_error_codes. */
const OFFSET_OUT_OF_RANGE = 1;
const NO_ERROR = 0;

const RETRY_MS = 100;
const UNREADABLE_PAUSE_MS = 5_000;
/** How long a round waits for its slowest partition before the others are fetched without it. */
const STRAGGLER_MS = 50;
const LEADER_POLL_MS = 200;
const METADATA_EVERY_MS = 60_000;

export interface FetchLoopOptions {
  readonly cluster: KafkajsCluster;
  readonly session: GroupSession;
  readonly logger: Logger;
  readonly limits: FetchLimits;
  readonly maxBytesPerPartition: number;
  readonly lingerMs: number;
}

/**
 * Fetches in rounds: one request per broker brings something of every ready partition, all are handled at once, and the next request
 * goes out when all are done. So what the handlers write in one turn shares requests too, and every round is as large as the load makes it.
 */
export class FetchLoop {
  private refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: FetchLoopOptions) {}

  /** Resolves when the session has ended and no request is under way. Never throws. */
  async run(): Promise<void> {
    const { session } = this.options;
    const loops = new Map<number, Promise<void>>();
    while (!session.signal.aborted) {
      await this.learnLeaders();
      for (const { leader } of session.partitions) {
        if (leader === undefined || loops.has(leader)) continue;
        loops.set(
          leader,
          this.fetchFrom(leader).finally(() => loops.delete(leader)),
        );
      }
      await delay(LEADER_POLL_MS, session.signal);
    }
    await Promise.all(loops.values());
  }

  /** Rounds with one broker, for as long as it leads partitions of ours. */
  private async fetchFrom(leader: number): Promise<void> {
    const { session } = this.options;
    while (!session.signal.aborted) {
      const led = session.partitions.filter((state) => state.leader === leader);
      if (led.length === 0) return;
      const ready = led.filter((state) => state.phase === 'ready');
      if (ready.length === 0) await session.changed(LEADER_POLL_MS);
      else await this.round(leader, ready);
    }
  }

  private async round(leader: number, ready: readonly PartitionState[]): Promise<void> {
    const { session, lingerMs } = this.options;
    const beganAtMs = performance.now();
    const fetched = await this.fetch(leader, ready);
    if (session.signal.aborted || fetched.length === 0) return;
    const batches = fetched.flatMap((answer) => this.toBatch(answer, ready));
    if (batches.length === 0) return;
    const done = Promise.all(batches.map(({ state, batch }) => session.handle(state, batch)));
    await within(STRAGGLER_MS, done);
    // At the end of the log a short rest lets the next round gather more: fewer, larger rounds cost far less CPU. A round that took as long
    // has let them gather already.
    const atEnd = batches.every(({ state, batch }) => state.position >= batch.highWatermark);
    const restMs = lingerMs - (performance.now() - beganAtMs);
    if (atEnd && restMs > 0) await delay(restMs, session.signal);
  }

  private async fetch(leader: number, ready: readonly PartitionState[]): Promise<readonly FetchedPartition[]> {
    const { cluster, limits, maxBytesPerPartition: maxBytes, session, logger } = this.options;
    const targets = ready.map(({ topic, partition, fetchFrom }) => ({
      topic,
      partition,
      fetchOffset: fetchFrom,
      maxBytes,
    }));
    try {
      const broker = await cluster.findBroker({ nodeId: leader });
      return await broker.connectionPool.send(fetchCall(targets, limits));
    } catch (thrown) {
      logger.debug({ event: 'fetch_failed', leader, error: asError(thrown).message });
      const closed = closedConnectionOf(thrown);
      if (closed) cluster.removeBroker(closed);
      this.refreshedAtMs = Number.NEGATIVE_INFINITY;
      await delay(RETRY_MS, session.signal);
      return [];
    }
  }

  private toBatch(
    answer: FetchedPartition,
    ready: readonly PartitionState[],
  ): { readonly state: PartitionState; readonly batch: RawBatch }[] {
    const state = ready.find(({ topic, partition }) => topic === answer.topic && partition === answer.partition);
    // A partition may have been moved while the answer was on its way.
    if (state?.phase !== 'ready') return [];
    if (answer.errorCode !== NO_ERROR) return this.mend(state, answer);
    const { topic, partition, highWatermark } = answer;
    try {
      const { records, nextOffset } = decodeRecordBatches(answer.records, state.fetchFrom, answer.aborted);
      state.fetchFrom = nextOffset;
      if (records.length === 0) return [];
      return [{ state, batch: { topic, partition, records, fetchOffset: state.position, nextOffset, highWatermark } }];
    } catch (thrown) {
      const line = { event: 'records_unreadable', topic, partition, offset: state.fetchFrom };
      this.options.logger.error({ ...line, error: asError(thrown).message }, 'the partition waits');
      this.options.session.pause(state, UNREADABLE_PAUSE_MS);
      return [];
    }
  }

  private mend(state: PartitionState, answer: FetchedPartition): [] {
    const { topic, partition, errorCode, logStartOffset } = answer;
    const { logger, session } = this.options;
    const line = { event: 'fetch_refused', topic, partition, errorCode, offset: state.fetchFrom, logStartOffset };
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      logger.warn(line, 'the offset lies outside the log: reading on from where the log starts');
      state.fetchFrom = Math.max(0, logStartOffset);
    } else {
      logger.debug(line);
      this.refreshedAtMs = Number.NEGATIVE_INFINITY;
    }
    session.pause(state, RETRY_MS);
    return [];
  }

  private async learnLeaders(): Promise<void> {
    const { cluster, session, logger } = this.options;
    if (performance.now() - this.refreshedAtMs < METADATA_EVERY_MS) return;
    try {
      await cluster.refreshMetadata();
      this.refreshedAtMs = performance.now();
    } catch (thrown) {
      logger.debug({ event: 'metadata_failed', error: asError(thrown).message });
    }
    for (const state of session.partitions) state.leader = leaderOf(cluster, state) ?? state.leader;
  }
}

function leaderOf(cluster: KafkajsCluster, { topic, partition }: PartitionState): number | undefined {
  const found = cluster.findTopicPartitionMetadata(topic).find((entry) => entry.partitionId === partition);
  return found === undefined || found.leader < 0 ? undefined : found.leader;
}

/** Resolves with the work, or when the time is up. */
function within(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
