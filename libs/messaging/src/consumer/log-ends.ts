import type { OffsetRange } from '../port/bus.js';

/** Where the log of a partition ended, and when that was last known to be so (wall time, ms). */
interface End {
  readonly position: number;
  seenAtMs: number;
}

/** The latest fetched batch of a partition. */
interface Batch {
  /** Wall time of its arrival, ms. */
  readonly atMs: number;
  /** Event time up to which the partition's earlier batches were confirmed, ms. */
  readonly anchorMs: number;
  /** Event time near its end, ms. */
  readonly typicalMs: number;
  isConfirmed: boolean;
}

/** Records whose median event time stands for their neighbourhood, so that one stray time does not count. */
const NEIGHBOURS = 5;

/**
 * Evidence about partitions that were at the end of their log. A partition's end is known only as of a time: records
 * may have been appended since and not been fetched yet, which takes long on a busy machine. A batch is confirmed when
 * every other partition's end has been seen after the batch arrived: whatever was appended before the batch is then
 * known, and watermark alignment takes it into account.
 */
export class LogEnds {
  private readonly ends = new Map<string, End>();
  private readonly batches = new Map<string, Batch>();

  /** @param patienceMs age of a batch after which missing evidence no longer limits it, ms */
  constructor(private readonly patienceMs: number) {}

  /** A batch with records of these event times (ms; NaN: unknown) has arrived. */
  fetched(partition: string, timesMs: readonly number[], nowMs: number): void {
    const known = timesMs.filter((timeMs) => !Number.isNaN(timeMs));
    const previous = this.batches.get(partition);
    const first = median(known.slice(0, NEIGHBOURS)) ?? Number.POSITIVE_INFINITY;
    const typicalMs = median(known.slice(-NEIGHBOURS)) ?? previous?.typicalMs ?? first;
    const reachedMs = previous?.isConfirmed === true ? previous.typicalMs : previous?.anchorMs;
    this.batches.set(partition, { atMs: nowMs, anchorMs: reachedMs ?? first, typicalMs, isConfirmed: false });
  }

  /** The partition's log ended at this offset when its latest batch arrived, or at `seenAtMs`. */
  reached(partition: string, position: number, seenAtMs: number): void {
    this.ends.set(partition, { position, seenAtMs });
  }

  /** Wall time at which the partition's latest batch arrived, ms; undefined before the first. */
  batchAtMs(partition: string): number | undefined {
    return this.batches.get(partition)?.atMs;
  }

  /** The partition has records waiting. */
  waits(partition: string): void {
    this.ends.delete(partition);
  }

  /** The partition is revoked. */
  drop(partition: string): void {
    this.ends.delete(partition);
    this.batches.delete(partition);
  }

  /** Event time up to which the partition's batch is covered by evidence, ms; Infinity if it is confirmed. */
  coveredMs(partition: string, nowMs: number): number {
    const batch = this.batches.get(partition);
    if (batch === undefined || batch.isConfirmed) return Number.POSITIVE_INFINITY;
    batch.isConfirmed = this.unseenSince(partition, batch.atMs).length === 0;
    const isCovered = batch.isConfirmed || nowMs - batch.atMs >= this.patienceMs;
    return isCovered ? Number.POSITIVE_INFINITY : batch.anchorMs;
  }

  /** The partitions at whose ends somebody has to look before all ends are known. */
  all(): readonly string[] {
    return [...this.ends.keys()];
  }

  /**
   * Takes the current ends of logs.
   * @param ranges by partition; a missing one is unknown
   * @param askedAtMs wall time before the question, ms
   * @returns partitions with records that have not been fetched
   */
  observe(ranges: ReadonlyMap<string, OffsetRange>, askedAtMs: number): readonly string[] {
    const waiting: string[] = [];
    for (const [partition, end] of this.ends) {
      const range = ranges.get(partition);
      if (range === undefined) continue;
      if (range.end > end.position) waiting.push(partition);
      else end.seenAtMs = Math.max(end.seenAtMs, askedAtMs);
    }
    return waiting;
  }

  private unseenSince(partition: string, atMs: number): readonly string[] {
    return [...this.ends].filter(([name, { seenAtMs }]) => name !== partition && seenAtMs < atMs).map(([name]) => name);
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
