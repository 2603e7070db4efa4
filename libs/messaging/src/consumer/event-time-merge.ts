import { DAY_MS } from '@fraudflow/core';
import type { PeerHead } from './head-exchange.js';

/** A worker that has not spoken for so long may be dead. It speaks five times a second. */
const PEER_SILENT_MS = 1_000;
/** Longer than the group takes to give a dead worker's partitions to others; after this nobody waits for them any more. */
const PEER_PATIENCE_MS = 30_000;
/** The place of what never holds anybody back. */
const NOWHERE = Number.POSITIVE_INFINITY;

/** A record is compared with so many after it, and with no fewer than the least, to tell a stray time from a gap in the stream. */
const STRAY_NEIGHBOURS = 16;
const MIN_STRAY_NEIGHBOURS = 4;

export interface EventTimeMergeOptions {
  /** How far a partition may run ahead of the others' next records, in event time, ms. Default one day. */
  readonly maxSkewMs?: number;
  /** Wall time after which a partition that does not move no longer holds the others back, ms. Default 10 s. */
  readonly patienceMs?: number;
  /**
   * Wall time a partition that has just got a backlog waits before it runs further than the skew from where it begins, ms. Others may be
   * about to get theirs: a producer writes one partition after the other. Default 250.
   */
  readonly settleMs?: number;
  /** How long a partition must lag before other workers are told, ms. Then they are told only that it has ended, not where. Default: they are told of all at once. */
  readonly tellAfterMs?: number;
  /** Wall clock for the patience, ms; replaced in tests. */
  readonly nowMs?: () => number;
}

/** Where a partition stands in event time. */
export interface PartitionHead {
  /** True: it has records waiting, the next at `atMs`. False: it is at the end of its log and came to `atMs`. */
  readonly isLagging: boolean;
  /** -Infinity while unknown. */
  readonly atMs: number;
  /** Of a lagging one: wall time since it last moved, or was last ready to move and held back, ms. Default 0. */
  readonly stillMs?: number;
}

interface Lagging {
  /** Event time of the next record to handle, ms; -Infinity while unknown. */
  headMs: number;
  /** Wall time when the head last changed, or when the partition was last held back although it could have gone on. */
  movedAtMs: number;
  /** Wall time when it began to lag, and the event time of its first record then. */
  readonly sinceMs: number;
  readonly firstMs: number;
}

/** A partition of another worker. */
interface Peer extends PartitionHead {
  /** Wall time of its owner's word. */
  readonly saidAtMs: number;
  readonly movedAtMs: number;
}

/**
 * Keeps partitions that catch up close together in event time: each may go on only up to the oldest next record of the others plus
 * the skew. Partitions that have reached the end of their log hold nobody back. The partition with the oldest head may always move,
 * and one that does not move (it cannot be read, say) is no longer waited for after the patience, neither here nor by other workers, so there
 * is no deadlock. A partition that is only held back by others counts as moving. Live traffic, whose batches span
 * less than the skew, is never held.
 */
export class EventTimeMerge {
  private readonly lagging = new Map<string, Lagging>();
  /** Event time reached by partitions of ours. */
  private readonly done = new Map<string, number>();
  /** The last word on all partitions. */
  private told: ReadonlyMap<string, PeerHead> = new Map();
  /** Of these, those that are not ours. */
  private peers: readonly Peer[] = [];
  private readonly maxSkewMs: number;
  private readonly patienceMs: number;
  private readonly settleMs: number;
  private readonly nowMs: () => number;

  constructor(private readonly options: EventTimeMergeOptions = {}) {
    this.maxSkewMs = options.maxSkewMs ?? DAY_MS;
    this.patienceMs = options.patienceMs ?? 10_000;
    this.settleMs = options.settleMs ?? 250;
    this.nowMs = options.nowMs ?? ((): number => performance.now());
  }

  /** The partition has records waiting whose times are not known yet. */
  expect(partition: string): void {
    const nowMs = this.nowMs();
    const unknown = Number.NEGATIVE_INFINITY;
    this.lagging.set(partition, { headMs: unknown, firstMs: unknown, movedAtMs: nowMs, sinceMs: nowMs });
  }

  /**
   * The partition has just become ours (again) and has no record waiting. What we knew of it before, and what its last owner said, is over:
   * a lag that nobody works off any more would hold all others back for as long as no new record came.
   */
  beginAtEnd(partition: string): void {
    this.lagging.delete(partition);
    const unknown = Number.NEGATIVE_INFINITY;
    const cameToMs = Math.max(this.done.get(partition) ?? unknown, this.told.get(partition)?.atMs ?? unknown);
    this.done.set(partition, cameToMs === unknown ? NOWHERE : cameToMs);
  }

  /** The partition's next record has this event time. */
  arrive(partition: string, headMs: number): void {
    const known = this.lagging.get(partition);
    if (known && known.headMs === headMs) return;
    const nowMs = this.nowMs();
    const isFirst = known === undefined || known.firstMs === Number.NEGATIVE_INFINITY;
    this.lagging.set(partition, {
      headMs,
      movedAtMs: nowMs,
      sinceMs: isFirst ? nowMs : known.sinceMs,
      firstMs: isFirst ? headMs : known.firstMs,
    });
  }

  /** The partition has no record waiting; its last one had this event time (NaN: unknown). */
  leave(partition: string, doneMs = Number.NaN): void {
    this.lagging.delete(partition);
    if (!Number.isNaN(doneMs)) this.done.set(partition, doneMs);
  }

  /** The partition is no longer ours. */
  drop(partition: string): void {
    this.lagging.delete(partition);
    this.done.delete(partition);
  }

  /** Where our partitions stand, for other workers. */
  heads(): ReadonlyMap<string, PartitionHead> {
    const heads = new Map<string, PartitionHead>();
    const { tellAfterMs } = this.options;
    // Where only long lags are told, their end must be told, too, or others would go on waiting.
    const isToldAll = tellAfterMs === undefined;
    for (const [partition, atMs] of this.done) {
      heads.set(partition, { isLagging: false, atMs: isToldAll ? atMs : NOWHERE });
    }
    const toldSince = this.nowMs() - (tellAfterMs ?? 0);
    const nowMs = this.nowMs();
    for (const [partition, { headMs, sinceMs, movedAtMs }] of this.lagging) {
      if (sinceMs <= toldSince) heads.set(partition, { isLagging: true, atMs: headMs, stillMs: nowMs - movedAtMs });
    }
    return heads;
  }

  /**
   * Where the others' partitions stand. A partition that lags holds us back as one of ours would. One at the end of its log does so only
   * when its owner has fallen silent: it may be dead, and records may be gathering there.
   */
  hearOf(peers: ReadonlyMap<string, PeerHead>): void {
    this.told = peers;
    const nowMs = this.nowMs();
    this.peers = [...peers]
      .filter(([partition]) => !this.lagging.has(partition) && !this.done.has(partition))
      .map(([, { isLagging, atMs, ageMs, stillMs = 0 }]) => ({
        isLagging,
        atMs,
        saidAtMs: nowMs - ageMs,
        movedAtMs: nowMs - ageMs - stillMs,
      }));
  }

  /**
   * How many of the records, in order, may be handled now. Times in ms; NaN (unknown) passes with its predecessor, as does a stray record:
   * one with a time far ahead of those after it says nothing about where its partition stands, and must not hold back the records behind it.
   */
  allowed(partition: string, timesMs: readonly number[]): number {
    const limitMs = this.limitFor(partition);
    if (limitMs === NOWHERE) return timesMs.length;
    const stop = timesMs.findIndex((timeMs, i) => timeMs > limitMs && !this.isStray(timesMs, i));
    if (stop < 0) return timesMs.length;
    const own = this.lagging.get(partition);
    if (own) own.movedAtMs = this.nowMs();
    return stop;
  }

  /** Ahead of most of the next records of its partition by more than the skew. */
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
    let oldestMs = own && this.isSettling(own, nowMs) ? own.firstMs : NOWHERE;
    for (const peer of this.peers) if (this.holds(peer, nowMs)) oldestMs = Math.min(oldestMs, peer.atMs);
    for (const [name, { headMs, movedAtMs }] of this.lagging) {
      if (name !== partition && movedAtMs >= staleBefore) oldestMs = Math.min(oldestMs, headMs);
    }
    return oldestMs + this.maxSkewMs;
  }

  /** Others may be about to get their backlog, too: not before their owners say that they have none is it known that they have not. */
  private isSettling({ sinceMs }: Lagging, nowMs: number): boolean {
    const settledAtMs = sinceMs + this.settleMs;
    if (nowMs < settledAtMs) return true;
    return this.peers.some(
      ({ atMs, saidAtMs }) => atMs < NOWHERE && saidAtMs < settledAtMs && nowMs - saidAtMs < PEER_PATIENCE_MS,
    );
  }

  private holds({ isLagging, saidAtMs, movedAtMs }: Peer, nowMs: number): boolean {
    const ageMs = nowMs - saidAtMs;
    if (ageMs >= PEER_PATIENCE_MS) return false;
    // Its owner has fallen silent: the silence has a patience of its own.
    if (ageMs > PEER_SILENT_MS) return true;
    return isLagging && movedAtMs >= nowMs - this.patienceMs;
  }
}
