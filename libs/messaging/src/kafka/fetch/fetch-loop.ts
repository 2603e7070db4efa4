import { asError, delay } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import type { RawBatch } from '../../port/record.js';
import { fetchCall, type FetchedPartition, type FetchLimits } from '../calls/fetch-call.js';
import type { GroupSession } from '../group/group-session.js';
import { closedConnectionOf } from '../client/kafka-errors.js';
import type { KafkajsCluster } from '../client/kafkajs-internals.js';
import { within } from '../../timing/within.js';
import type { PartitionState } from '../group/partition-state.js';
import { decodeRecordBatches } from './record-batches.js';
import { pauseAfterRound } from './round-pause.js';

/** Protocol error codes of a fetched partition. Source: https://kafka.apache.org/protocol#protocol_error_codes. */
const OFFSET_OUT_OF_RANGE = 1;
const NO_ERROR = 0;

const RETRY_MS = 100;
const UNREADABLE_PAUSE_MS = 5_000;
/** How long a round waits for its slowest partition before the others are fetched without it. */
const STRAGGLER_MS = 50;
const LEADER_POLL_MS = 200;
/** Default limit of brokers and producers for a batch, plus a margin. */
const LARGE_BATCH_BYTES = 1024 * 1024 + 64 * 1024;
/** Bytes of the base offset and the length, which the length field does not count. */
const BATCH_PREFIX_BYTES = 12;
const BATCH_LENGTH_AT = 8;

/** A partition in a fetch request, with the requested offset. */
interface Requested {
  readonly state: PartitionState;
  readonly fetchOffset: number;
}

export interface FetchLoopOptions {
  readonly cluster: KafkajsCluster;
  readonly session: GroupSession;
  readonly logger: Logger;
  readonly limits: FetchLimits;
  readonly maxBytesPerPartition: number;
  readonly lingerMs: number;
  readonly metadataMaxAgeMs: number;
  /** The incarnation of the topic that is read. */
  incarnationOf(topic: string): string | undefined;
  /** Called after a metadata refresh: true if partitions have to be reassigned. @throws kafkajs errors */
  topicsChanged(): Promise<boolean>;
}

/**
 * Fetches in rounds: one request per broker fetches all ready partitions, all batches are handled concurrently, and the
 * next request is sent when all are handled. The records that handlers write in one turn therefore share produce
 * requests, and the size of a round adapts to the load.
 */
export class FetchLoop {
  private refreshedAtMs = Number.NEGATIVE_INFINITY;
  /** Number of rounds; selects the first partition of a fetch. */
  private turn = 0;

  constructor(private readonly options: FetchLoopOptions) {}

  /** Resolves when the session has ended and no request is in flight. Never throws. */
  async run(): Promise<void> {
    const { session } = this.options;
    const loops = new Map<number, Promise<void>>();
    while (!session.signal.aborted) {
      await this.refreshLeaders();
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

  /** Runs rounds with one broker for as long as it leads any of our partitions. */
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
    const requested = this.inTurn(ready).map((state): Requested => ({ state, fetchOffset: state.fetchFrom }));
    const fetched = await this.fetch(leader, requested);
    if (session.signal.aborted || fetched.length === 0) return;
    const batches = fetched.flatMap((answer) => this.toBatch(answer, requested));
    if (batches.length === 0) return;
    const done = Promise.all(batches.map(({ state, batch }) => session.handle(state, batch)));
    await within(STRAGGLER_MS, done);
    const atEnd = batches.every(({ state, batch }) => state.position >= batch.highWatermark);
    const records = batches.reduce((sum, { batch }) => sum + batch.records.length, 0);
    const pauseMs = pauseAfterRound(lingerMs, records, performance.now() - beganAtMs);
    if (atEnd && pauseMs > 0) await delay(pauseMs, session.signal);
  }

  /**
   * Rotates the partitions: a batch larger than the partition's limit is returned only for the first partition with
   * records, and the bytes of a whole response are limited too (KIP-74).
   */
  private inTurn(ready: readonly PartitionState[]): readonly PartitionState[] {
    const first = this.turn++ % ready.length;
    return first === 0 ? ready : [...ready.slice(first), ...ready.slice(0, first)];
  }

  private async fetch(leader: number, requested: readonly Requested[]): Promise<readonly FetchedPartition[]> {
    const { cluster, limits, maxBytesPerPartition, session, logger } = this.options;
    const targets = requested.map(({ state: { topic, partition, largeFetchBytes }, fetchOffset }) => ({
      topic,
      partition,
      fetchOffset,
      maxBytes: largeFetchBytes ?? maxBytesPerPartition,
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
    requested: readonly Requested[],
  ): { readonly state: PartitionState; readonly batch: RawBatch }[] {
    const found = requested.find(({ state }) => state.topic === answer.topic && state.partition === answer.partition);
    // The partition may have been repositioned while the request was in flight: only a response for its current offset
    // counts.
    if (found?.state.phase !== 'ready' || found.state.fetchFrom !== found.fetchOffset) return [];
    const { state } = found;
    if (answer.errorCode !== NO_ERROR) return this.recover(state, answer);
    const { topic, partition, highWatermark } = answer;
    try {
      const { records, nextOffset } = decodeRecordBatches(answer.records, state.fetchFrom, answer.aborted);
      state.fetchFrom = nextOffset;
      this.adaptFetchSize(state, answer);
      if (records.length === 0) return this.noteEmpty(state, answer);
      const incarnation = this.options.incarnationOf(topic);
      const batch = { topic, partition, records, fetchOffset: state.position, nextOffset, highWatermark, incarnation };
      return [{ state, batch }];
    } catch (thrown) {
      const line = { event: 'records_unreadable', topic, partition, offset: state.fetchFrom };
      this.options.logger.error(
        { ...line, error: asError(thrown).message },
        'records cannot be decoded: the partition waits and retries',
      );
      this.options.session.pause(state, UNREADABLE_PAUSE_MS);
      return [];
    }
  }

  /**
   * A partition with records whose response has none holds a batch larger than its limit: the next fetch requests all
   * of it.
   */
  private adaptFetchSize(state: PartitionState, { records, highWatermark }: FetchedPartition): void {
    const { maxBytesPerPartition } = this.options;
    if (records.length === 0 && state.fetchFrom < highWatermark) {
      state.largeFetchBytes = Math.max(maxBytesPerPartition, LARGE_BATCH_BYTES);
    } else if (state.largeFetchBytes !== undefined && records.length > BATCH_PREFIX_BYTES) {
      const firstBytes = BATCH_PREFIX_BYTES + records.readInt32BE(BATCH_LENGTH_AT);
      state.largeFetchBytes = firstBytes > maxBytesPerPartition ? Math.min(firstBytes, LARGE_BATCH_BYTES) : undefined;
    }
  }

  private noteEmpty(state: PartitionState, { highWatermark }: FetchedPartition): [] {
    if (state.fetchFrom >= highWatermark && state.fetchFrom > state.position) this.options.session.noteEnd(state);
    return [];
  }

  private recover(state: PartitionState, answer: FetchedPartition): [] {
    const { topic, partition, errorCode } = answer;
    const { logger, session } = this.options;
    const line = { event: 'fetch_refused', topic, partition, errorCode, offset: state.fetchFrom };
    this.refreshedAtMs = Number.NEGATIVE_INFINITY;
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      // The broker does not report the log's start with this error (it returns -1), so it is queried.
      logger.warn(line, 'the offset is outside the log: querying its start and end');
      session.reposition(state);
    } else {
      logger.debug(line);
      session.pause(state, RETRY_MS);
    }
    return [];
  }

  private async refreshLeaders(): Promise<void> {
    const { cluster, session, logger } = this.options;
    if (performance.now() - this.refreshedAtMs < this.options.metadataMaxAgeMs) return;
    try {
      await cluster.refreshMetadata();
      this.refreshedAtMs = performance.now();
      if (await this.options.topicsChanged()) session.end();
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
