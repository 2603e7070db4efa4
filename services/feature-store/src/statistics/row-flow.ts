import { LOG_BUCKETS, logBucketOf, logBucketQuantile } from '@fraudflow/stats';
import type { FlowFigures, LagFigures } from './view-statistics.js';

const SLOT_MS = 5_000;
/** The last minute, cut into slots that are forgotten one by one. */
const SLOTS = 12;

/** What rows came in a slot of time. */
interface Slot {
  /** Slots since the epoch; -1 = unused. */
  number: number;
  rows: number;
  maxLagMs: number;
  readonly lags: Float64Array;
}

/**
 * How many rows come and how late. A row belongs to the time it was written at, not to the time it is counted at, so
 * that a reader that catches up does not report its own hurry.
 */
export class RowFlow {
  private rows = 0;
  private newestEventMs = 0;
  /** When the oldest row was written, or when counting began if that was earlier. */
  private oldestWrittenMs: number;
  private newestWrittenMs = 0;
  private readonly all: Slot = slot();
  private readonly slots: readonly Slot[] = Array.from({ length: SLOTS }, slot);

  /** @param sinceMs when counting begins, by the worker's clock */
  constructor(sinceMs: number) {
    this.oldestWrittenMs = sinceMs;
  }

  /** @param eventMs when it happened; @param writtenMs when the row was written; both ms since the epoch */
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
    // An older row than the slots remember is in the totals only.
    if (recent.number === number) count(recent, bucket, lagMs);
  }

  /** @param nowMs by the worker's clock */
  describe(nowMs: number): FlowFigures {
    const newest = Math.floor(nowMs / SLOT_MS);
    const recent = this.slots.filter(({ number }) => number > newest - SLOTS && number <= newest);
    const recentRows = recent.reduce((sum, { rows }) => sum + rows, 0);
    // A worker that has counted for less than a minute divides by what it has seen, a backlog from before its start
    // included.
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
  // The middle of the highest bucket may lie above its highest value.
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
