import { LOG_BUCKETS, logBucketOf, logBucketQuantile } from '@fraudflow/stats';
import type { FlowFigures, LagFigures } from './view-statistics.js';

const SLOT_MS = 5_000;
/** Slots of the last minute, which expire one by one. */
const SLOTS = 12;

/** Rows of one time slot. */
interface Slot {
  /** Number of the slot since the epoch; -1 = unused. */
  number: number;
  rows: number;
  maxLagMs: number;
  readonly lags: Float64Array;
}

/**
 * Rate and lag of rows. A row counts at the time at which it was written, not at which it is read, so that a reader
 * that catches up does not report its own reading rate.
 */
export class RowFlow {
  private rows = 0;
  private newestEventMs = 0;
  /** Write time of the oldest row, or start of counting if that was earlier, ms. */
  private oldestWrittenMs: number;
  private newestWrittenMs = 0;
  private readonly all: Slot = slot();
  private readonly slots: readonly Slot[] = Array.from({ length: SLOTS }, slot);

  /** @param sinceMs start of counting by the worker's clock, ms */
  constructor(sinceMs: number) {
    this.oldestWrittenMs = sinceMs;
  }

  /**
   * @param eventMs event time, ms
   * @param writtenMs time at which the row was written, ms
   */
  add(eventMs: number, writtenMs: number): void {
    this.rows += 1;
    if (eventMs > this.newestEventMs) this.newestEventMs = eventMs;
    if (writtenMs > this.newestWrittenMs) this.newestWrittenMs = writtenMs;
    if (writtenMs < this.oldestWrittenMs) this.oldestWrittenMs = writtenMs;
    const lagMs = Math.max(0, writtenMs - eventMs);
    const bucket = logBucketOf(lagMs);
    count(this.all, bucket, lagMs);
    const number = Math.floor(writtenMs / SLOT_MS);
    const recent = this.slots[number % SLOTS] as Slot;
    if (recent.number < number) reset(recent, number);
    // A row that is older than all slots counts in the totals only.
    if (recent.number === number) count(recent, bucket, lagMs);
  }

  /** @param nowMs time of the worker's clock, ms */
  describe(nowMs: number): FlowFigures {
    const newest = Math.floor(nowMs / SLOT_MS);
    const recent = this.slots.filter(({ number }) => number > newest - SLOTS && number <= newest);
    const recentRows = recent.reduce((sum, { rows }) => sum + rows, 0);
    // Within the first minute the divisor is the time covered so far, including a backlog from before the start.
    const fromMs = Math.max((newest - SLOTS + 1) * SLOT_MS, this.oldestWrittenMs);
    return {
      rows: this.rows,
      rowsPerSecond: recentRows / Math.max(1, (nowMs - fromMs) / 1_000),
      newestEventMs: this.newestEventMs,
      newestWrittenMs: this.newestWrittenMs,
      lag: lagOf(recentRows, recentRows > 0 ? recent : [this.all]),
    };
  }
}

function lagOf(recentRows: number, slots: readonly Slot[]): LagFigures {
  const lags = new Float64Array(LOG_BUCKETS);
  for (const part of slots) for (let i = 0; i < LOG_BUCKETS; i++) lags[i] = (lags[i] ?? 0) + (part.lags[i] ?? 0);
  const maxMs = Math.max(...slots.map(({ maxLagMs }) => maxLagMs));
  // The middle of the highest bucket may exceed the maximum.
  const quantile = (q: number): number => Math.min(logBucketQuantile(lags, q), maxMs);
  const isEmpty = slots.every(({ rows }) => rows === 0);
  return { recentRows, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: isEmpty ? Number.NaN : maxMs };
}

function slot(): Slot {
  return { number: -1, rows: 0, maxLagMs: 0, lags: new Float64Array(LOG_BUCKETS) };
}

function reset(part: Slot, number: number): void {
  part.number = number;
  part.rows = 0;
  part.maxLagMs = 0;
  part.lags.fill(0);
}

function count(part: Slot, bucket: number, lagMs: number): void {
  part.rows += 1;
  part.lags[bucket] = (part.lags[bucket] as number) + 1;
  if (lagMs > part.maxLagMs) part.maxLagMs = lagMs;
}
