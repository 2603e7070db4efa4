import type { PartitionWatermark, PeerWatermark } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import type { OffsetRange } from '../port/bus.js';
import { LogEnds } from './log-ends.js';

/** Age of a worker's last heads after which it may be dead, ms. Workers publish five times a second. */
const PEER_SILENT_MS = 1_000;
/**
 * Age of a worker's last heads after which they are ignored, ms: longer than the group takes to reassign a dead
 * worker's partitions.
 */
const PEER_PATIENCE_MS = 30_000;
/** Event-time limit of a partition that never holds others back. */
const UNBOUNDED = Number.POSITIVE_INFINITY;
/** Event time of a position that nobody knows: it holds all others back. */
const UNKNOWN = Number.NEGATIVE_INFINITY;

/**
 * Number of following records that a record is compared with to distinguish a stray time from a gap in the stream; with
 * fewer than the minimum it does not count as stray.
 */
const STRAY_NEIGHBOURS = 16;
const MIN_STRAY_NEIGHBOURS = 4;

/** Limits of watermark alignment: how far partitions may differ in event time, and for how long one is held back. */
export interface EventTimeMergeOptions {
  /** How far a partition may run ahead of the others' next records, in event time, ms. Default one day. */
  readonly maxSkewMs?: number;
  /** Wall time without progress after which a partition no longer holds the others back, ms. Default 10 s. */
  readonly patienceMs?: number;
  /**
   * Wall time that a partition with a new backlog waits before it runs further than the skew from its first record, ms.
   * Other partitions may be about to receive a backlog: a producer writes one partition after the other. Default 250.
   */
  readonly settleMs?: number;
  /**
   * Minimum lag duration of a partition before its head is published to other workers, ms. When such a partition
   * catches up, its head is published without a time. Default: every head is published immediately.
   */
  readonly publishAfterMs?: number;
  /** Wall clock, ms; replaced in tests. */
  readonly nowMs?: () => number;
}

interface Lagging {
  /** Event time of the next record to handle, ms; -Infinity while unknown. */
  headMs: number;
  /** Wall time when the head last changed, or when the partition was last held back although it was ready. */
  movedAtMs: number;
  /** Wall time when the lag began, and the event time of the first record then. */
  readonly sinceMs: number;
  readonly firstMs: number;
}

/** A partition of another worker. */
interface Peer extends PartitionWatermark {
  /** Wall time when its owner published it. */
  readonly reportedAtMs: number;
  readonly movedAtMs: number;
}

/**
 * Watermark alignment: each partition may advance only up to the oldest next record of the others plus the skew.
 * Partitions at the end of their log do not hold others back, once that end has been seen after the others' records
 * arrived. The partition with the oldest head may always advance,
 * and one without progress (because it cannot be read, for instance) is ignored after the patience, here and by other
 * workers, so there is no deadlock. A partition that is only held back by others counts as progressing. Live traffic,
 * whose batches span less than the skew, is never held back.
 */
export class WatermarkAlignment {
  private readonly lagging = new Map<string, Lagging>();
  /** Event time reached by our partitions that do not lag. */
  private readonly done = new Map<string, number>();
  /** The latest published heads of all partitions. */
  private published: ReadonlyMap<string, PeerWatermark> = new Map();
  /** The heads of partitions of other workers. */
  private peers: readonly Peer[] = [];
  private readonly maxSkewMs: number;
  private readonly patienceMs: number;
  private readonly settleMs: number;
  private readonly nowMs: () => number;
  private readonly ends: LogEnds;

  constructor(private readonly options: EventTimeMergeOptions = {}) {
    this.maxSkewMs = options.maxSkewMs ?? DAY_MS;
    this.patienceMs = options.patienceMs ?? 10_000;
    this.settleMs = options.settleMs ?? 250;
    this.nowMs = options.nowMs ?? ((): number => performance.now());
    this.ends = new LogEnds(this.patienceMs);
  }

  /** Registers a partition with waiting records of unknown event times. */
  expect(partition: string): void {
    this.waitFrom(partition, UNKNOWN);
  }

  /**
   * Registers a partition that is being opened, which may take long: until then it holds the others back at the
   * position that was last published for it, so that live traffic passes.
   */
  opening(partition: string): void {
    const atMs = this.published.get(partition)?.atMs ?? UNKNOWN;
    this.waitFrom(partition, atMs === UNBOUNDED ? UNKNOWN : atMs);
  }

  /**
   * Registers a newly assigned partition that has no record waiting. Earlier heads of it, ours or its last owner's, are
   * obsolete: a lag that no worker processes any more would hold all others back until the next record arrives.
   * @param position the end of its log
   */
  idle(partition: string, position?: number): void {
    if (position !== undefined) this.ends.reached(partition, position, UNKNOWN);
    this.lagging.delete(partition);
    const reachedMs = Math.max(this.done.get(partition) ?? UNKNOWN, this.published.get(partition)?.atMs ?? UNKNOWN);
    this.done.set(partition, reachedMs === UNKNOWN ? UNBOUNDED : reachedMs);
  }

  /** A batch with records of these event times (ms; NaN: unknown) has been fetched. */
  fetched(partition: string, timesMs: readonly number[]): void {
    this.ends.fetched(partition, timesMs, this.nowMs());
  }

  /** Sets the event time of the partition's next record. */
  arrive(partition: string, headMs: number): void {
    this.ends.waits(partition);
    const known = this.lagging.get(partition);
    if (known && known.headMs === headMs) return;
    const nowMs = this.nowMs();
    const isFirst = known === undefined || known.firstMs === UNKNOWN;
    this.lagging.set(partition, {
      headMs,
      movedAtMs: nowMs,
      sinceMs: isFirst ? nowMs : known.sinceMs,
      firstMs: isFirst ? headMs : known.firstMs,
    });
  }

  /**
   * The partition has no record waiting; its last record had this event time (NaN: unknown).
   * @param position the end of its log when its latest batch was fetched; without it the end is not checked again
   */
  leave(partition: string, doneMs = Number.NaN, position?: number): void {
    this.lagging.delete(partition);
    if (position !== undefined) {
      this.ends.reached(partition, position, this.ends.batchAtMs(partition) ?? UNKNOWN);
    }
    if (!Number.isNaN(doneMs)) this.done.set(partition, doneMs);
  }

  private waitFrom(partition: string, headMs: number): void {
    this.ends.waits(partition);
    const nowMs = this.nowMs();
    this.lagging.set(partition, { headMs, firstMs: UNKNOWN, movedAtMs: nowMs, sinceMs: nowMs });
  }

  /** The partition is revoked. */
  drop(partition: string): void {
    this.lagging.delete(partition);
    this.done.delete(partition);
    this.ends.drop(partition);
  }

  /** The heads of our partitions, to be published to other workers. */
  heads(): ReadonlyMap<string, PartitionWatermark> {
    const heads = new Map<string, PartitionWatermark>();
    const { publishAfterMs } = this.options;
    // If only long lags are published, their end must be published too, or other workers would continue to wait.
    const publishesAll = publishAfterMs === undefined;
    for (const [partition, atMs] of this.done) {
      heads.set(partition, { isLagging: false, atMs: publishesAll ? atMs : UNBOUNDED });
    }
    const laggingSince = this.nowMs() - (publishAfterMs ?? 0);
    const nowMs = this.nowMs();
    for (const [partition, { headMs, sinceMs, movedAtMs }] of this.lagging) {
      if (sinceMs <= laggingSince) heads.set(partition, { isLagging: true, atMs: headMs, stillMs: nowMs - movedAtMs });
    }
    return heads;
  }

  /**
   * Receives the heads of all partitions. A lagging partition of another worker holds us back as one of ours would. One
   * at the end of its log does so only when its owner stops publishing: the owner may be dead and records may be
   * accumulating there.
   */
  onPeers(peers: ReadonlyMap<string, PeerWatermark>): void {
    this.published = peers;
    const nowMs = this.nowMs();
    this.peers = [...peers]
      .filter(([partition]) => !this.lagging.has(partition) && !this.done.has(partition))
      .map(([, { isLagging, atMs, ageMs, stillMs = 0 }]) => ({
        isLagging,
        atMs,
        reportedAtMs: nowMs - ageMs,
        movedAtMs: nowMs - ageMs - stillMs,
      }));
  }

  /**
   * How many of the records, in order, may be handled now. Times in ms. NaN (unknown) passes together with its
   * predecessor. So does a stray record, whose time is far ahead of the records after it: it does not indicate its
   * partition's position and must not hold back the following records.
   */
  allowed(partition: string, timesMs: readonly number[]): number {
    const limitMs = this.limitFor(partition);
    if (limitMs === UNBOUNDED) return timesMs.length;
    const stop = timesMs.findIndex((timeMs, i) => timeMs > limitMs && !this.isStray(timesMs, i));
    if (stop < 0) return timesMs.length;
    const own = this.lagging.get(partition);
    if (own) own.movedAtMs = this.nowMs();
    return stop;
  }

  /**
   * Partitions whose ends have to be looked up before this one may advance further; empty if its batch is covered by
   * evidence.
   */
  endsToCheck(partition: string): readonly string[] {
    return this.ends.coveredMs(partition, this.nowMs()) === UNBOUNDED ? [] : this.ends.all();
  }

  /**
   * Takes the current ends of logs, by partition. A partition with records that have not been fetched holds the others
   * back from now on.
   * @param askedAtMs wall time before the question, ms
   */
  onEnds(ranges: ReadonlyMap<string, OffsetRange>, askedAtMs: number): void {
    for (const partition of this.ends.observe(ranges, askedAtMs)) this.expect(partition);
  }

  /** True if the record is ahead of most of the next records of its partition by more than the skew. */
  private isStray(timesMs: readonly number[], index: number): boolean {
    const next = timesMs.slice(index + 1, index + 1 + STRAY_NEIGHBOURS);
    if (next.length < MIN_STRAY_NEIGHBOURS) return false;
    const boundMs = (timesMs[index] ?? Number.NaN) - this.maxSkewMs;
    return next.filter((timeMs) => timeMs < boundMs).length > next.length / 2;
  }

  private limitFor(partition: string): number {
    const nowMs = this.nowMs();
    const staleBefore = nowMs - this.patienceMs;
    const own = this.lagging.get(partition);
    let oldestMs = own && this.isSettling(own, nowMs) ? own.firstMs : UNBOUNDED;
    for (const peer of this.peers) if (this.holds(peer, nowMs)) oldestMs = Math.min(oldestMs, peer.atMs);
    oldestMs = Math.min(oldestMs, this.ends.coveredMs(partition, nowMs));
    for (const [name, { headMs, movedAtMs }] of this.lagging) {
      if (name !== partition && movedAtMs >= staleBefore) oldestMs = Math.min(oldestMs, headMs);
    }
    return oldestMs + this.maxSkewMs;
  }

  /**
   * Others may be about to receive their backlog, too: only heads that their owners publish after the settling time
   * show that they have none.
   */
  private isSettling({ sinceMs }: Lagging, nowMs: number): boolean {
    const settledAtMs = sinceMs + this.settleMs;
    if (nowMs < settledAtMs) return true;
    return this.peers.some(
      ({ atMs, reportedAtMs }) =>
        atMs < UNBOUNDED && reportedAtMs < settledAtMs && nowMs - reportedAtMs < PEER_PATIENCE_MS,
    );
  }

  private holds({ isLagging, reportedAtMs, movedAtMs }: Peer, nowMs: number): boolean {
    const ageMs = nowMs - reportedAtMs;
    if (ageMs >= PEER_PATIENCE_MS) return false;
    // Its owner has stopped publishing; PEER_PATIENCE_MS limits how long that holds others back.
    if (ageMs > PEER_SILENT_MS) return true;
    return isLagging && movedAtMs >= nowMs - this.patienceMs;
  }
}
