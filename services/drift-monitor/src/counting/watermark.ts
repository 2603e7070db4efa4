import { EventTimeJump, type EventTimeJumpJson } from './event-time-jump.js';

/** Stored form of {@link Watermark}; null if there was no row. */
export interface WatermarkJson {
  readonly seenMs: readonly (number | null)[];
  readonly firstMs: number | null;
  readonly valueMs: number | null;
  /** Absent in older checkpoints. */
  readonly jump?: EventTimeJumpJson | null;
  readonly aheadRows?: number;
  readonly newestAheadMs?: number | null;
  readonly jumps?: number;
}

/** Conditions for an idle partition and for a jump of event time. Durations are event time in ms. */
export interface WatermarkOptions {
  readonly partitions: number;
  /** A partition further behind the newest row than this is idle and does not hold back the watermark. */
  readonly idleMs: number;
  /** A row further ahead of the newest row than this does not advance event time by itself. */
  readonly maxJumpMs: number;
  /** Majority of rows ahead over other rows at which event time jumps; with 1 a single row is sufficient. */
  readonly jumpRows: number;
}

/**
 * Event-time watermark over all partitions: the minimum of the partitions' newest event times. It never decreases.
 * A partition more than `idleMs` behind the newest row is idle and does not hold back the watermark. A partition
 * without rows starts at the event time of the first row of all partitions. A row more than `maxJumpMs` ahead of all
 * others (a test payment, a wrong clock, or the first row after a gap) does not advance event time until rows ahead
 * outnumber other rows by `jumpRows`. So one row never makes the following rows late. The same majority vote determines
 * the start of event time, so the first row of a stream can also be wrong.
 */
export class Watermark {
  readonly #seenMs: Float64Array;
  readonly #jump: EventTimeJump;
  #firstMs = Infinity;
  #newestMs = -Infinity;
  #valueMs = -Infinity;
  #aheadRows = 0;
  #newestAheadMs = -Infinity;
  #jumps = 0;

  constructor(private readonly options: WatermarkOptions) {
    this.#seenMs = new Float64Array(options.partitions).fill(-Infinity);
    this.#jump = new EventTimeJump(options.partitions, options.maxJumpMs);
  }

  /** Watermark, ms since the epoch; -Infinity until every partition has a row or is idle. */
  get valueMs(): number {
    return this.#valueMs;
  }

  /** Newest accepted event time of all partitions, ms since the epoch; -Infinity before the first row. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Number of rows that were too far ahead to advance event time. Rows before the start of event time do not count. */
  get aheadRows(): number {
    return this.#aheadRows;
  }

  /** Newest event time of these rows; -Infinity if there were none. */
  get newestAheadMs(): number {
    return this.#newestAheadMs;
  }

  /** Number of jumps of event time over a gap. */
  get jumps(): number {
    return this.#jumps;
  }

  /** Current majority of rows ahead over other rows; 0 without such rows. */
  get jumpVotes(): number {
    return this.#jump.votes;
  }

  /** Adds the event time of a row. Call `advance` after a batch. O(1). */
  observe(partition: number, eventAtMs: number): void {
    if (eventAtMs > this.#newestMs + this.options.maxJumpMs) return this.#observeAhead(partition, eventAtMs);
    this.#jump.voteAgainst();
    this.#accept(partition, eventAtMs);
  }

  /** Recomputes and returns the watermark. O(partitions). */
  advance(): number {
    const idleBeforeMs = this.#newestMs - this.options.idleMs;
    let minimumMs = Infinity;
    for (const seenMs of this.#seenMs) {
      const reachedMs = Math.max(seenMs, this.#firstMs);
      if (reachedMs >= idleBeforeMs) minimumMs = Math.min(minimumMs, seenMs);
    }
    if (Number.isFinite(minimumMs)) this.#valueMs = Math.max(this.#valueMs, minimumMs);
    return this.#valueMs;
  }

  toJson(): WatermarkJson {
    return {
      seenMs: Array.from(this.#seenMs, stored),
      firstMs: stored(this.#firstMs),
      valueMs: stored(this.#valueMs),
      jump: this.#jump.toJson(),
      aheadRows: this.#aheadRows,
      newestAheadMs: stored(this.#newestAheadMs),
      jumps: this.#jumps,
    };
  }

  /** Partitions beyond the stored ones start without rows. */
  static fromJson(json: WatermarkJson, options: WatermarkOptions): Watermark {
    const watermark = new Watermark(options);
    json.seenMs.slice(0, options.partitions).forEach((seenMs, partition) => {
      watermark.#seenMs[partition] = seenMs ?? -Infinity;
    });
    watermark.#newestMs = watermark.#seenMs.reduce((newest, seenMs) => Math.max(newest, seenMs), -Infinity);
    watermark.#firstMs = json.firstMs ?? Infinity;
    watermark.#valueMs = json.valueMs ?? -Infinity;
    watermark.#jump.restore(json.jump);
    watermark.#aheadRows = json.aheadRows ?? 0;
    watermark.#newestAheadMs = json.newestAheadMs ?? -Infinity;
    watermark.#jumps = json.jumps ?? 0;
    return watermark;
  }

  #observeAhead(partition: number, eventAtMs: number): void {
    const isStart = this.#newestMs === -Infinity;
    if (!isStart) {
      this.#aheadRows += 1;
      this.#newestAheadMs = Math.max(this.#newestAheadMs, eventAtMs);
    }
    this.#jump.observe(partition, eventAtMs);
    if (this.#jump.votes < this.options.jumpRows) return;
    if (!isStart) this.#jumps += 1;
    this.#firstMs = Math.min(this.#firstMs, this.#jump.oldestMs);
    this.#jump.seenMs.forEach((seenMs, of) => seenMs !== -Infinity && this.#accept(of, seenMs));
    this.#jump.clear();
  }

  #accept(partition: number, eventAtMs: number): void {
    if (eventAtMs < this.#firstMs) this.#firstMs = eventAtMs;
    if (eventAtMs > this.#newestMs) this.#newestMs = eventAtMs;
    if (eventAtMs > (this.#seenMs[partition] ?? -Infinity)) this.#seenMs[partition] = eventAtMs;
  }
}

const stored = (value: number): number | null => (Number.isFinite(value) ? value : null);
