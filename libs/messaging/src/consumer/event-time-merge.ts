import { DAY_MS } from '@fraudflow/core';

export interface EventTimeMergeOptions {
  /** How far a partition may run ahead of the others' next records, in event time, ms. Default one day. */
  readonly maxSkewMs?: number;
  /** Wall time after which a partition that does not move no longer holds the others back, ms. Default 10 s. */
  readonly patienceMs?: number;
  /** Wall clock for the patience, ms; replaced in tests. */
  readonly nowMs?: () => number;
}

interface Lagging {
  /** Event time of the next record to handle, ms; -Infinity while unknown. */
  headMs: number;
  movedAtMs: number;
}

/**
 * Keeps partitions that catch up close together in event time: each may go on only up to the oldest next record of the others plus
 * the skew. Partitions that have reached the end of their log hold nobody back. The partition with the oldest head may always move,
 * and one that stays silent is no longer waited for after the patience, so there is no deadlock.
 */
export class EventTimeMerge {
  private readonly lagging = new Map<string, Lagging>();
  private readonly maxSkewMs: number;
  private readonly patienceMs: number;
  private readonly nowMs: () => number;

  constructor(options: EventTimeMergeOptions = {}) {
    this.maxSkewMs = options.maxSkewMs ?? DAY_MS;
    this.patienceMs = options.patienceMs ?? 10_000;
    this.nowMs = options.nowMs ?? ((): number => performance.now());
  }

  /** The partition has records waiting whose times are not known yet. */
  expect(partition: string): void {
    this.lagging.set(partition, { headMs: Number.NEGATIVE_INFINITY, movedAtMs: this.nowMs() });
  }

  /** The partition's next record has this event time. */
  arrive(partition: string, headMs: number): void {
    const known = this.lagging.get(partition);
    if (known && known.headMs === headMs) return;
    this.lagging.set(partition, { headMs, movedAtMs: this.nowMs() });
  }

  /** The partition has no record waiting, or is no longer ours. */
  leave(partition: string): void {
    this.lagging.delete(partition);
  }

  /** How many of the records, in order, may be handled now. Times in ms; NaN (unknown) passes with its predecessor. */
  allowed(partition: string, timesMs: readonly number[]): number {
    const limitMs = this.limitFor(partition);
    if (limitMs === Number.POSITIVE_INFINITY) return timesMs.length;
    const stop = timesMs.findIndex((timeMs) => timeMs > limitMs);
    return stop < 0 ? timesMs.length : stop;
  }

  private limitFor(partition: string): number {
    const staleBefore = this.nowMs() - this.patienceMs;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const [name, { headMs, movedAtMs }] of this.lagging) {
      if (name !== partition && movedAtMs >= staleBefore) oldestMs = Math.min(oldestMs, headMs);
    }
    return oldestMs + this.maxSkewMs;
  }
}
