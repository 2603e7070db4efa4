import { EventTimeJump, type EventTimeJumpJson } from './event-time-jump.js';

/** Stored form of {@link Watermark}; null stands for "nothing seen". */
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

/** When a partition is idle, and when event time may jump. Spans of event time in ms. */
export interface WatermarkOptions {
  readonly partitions: number;
  /** A partition so far behind the newest row holds nothing back. */
  readonly idleMs: number;
  /** A row further ahead than this of the newest row does not move event time by itself. */
  readonly maxJumpMs: number;
  /** By how many rows must those ahead outnumber the others before event time jumps; 1 lets a single row do it. */
  readonly jumpRows: number;
}

/**
 * How far event time has come over all partitions: the least of the partitions' greatest event times. It never goes
 * back.
 * A partition more than `idleMs` behind the newest row has nothing to say at present and holds nothing back. A
 * partition without any event counts from the first event of all.
 * A row more than `maxJumpMs` ahead of all others (a test payment, a wrong clock, or the first row after a gap) is set
 * aside until `jumpRows` more rows agree with it than disagree: one row never makes the rows after it late. The same
 * vote chooses where event time begins, so the first row of all may be the odd one, too.
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

  /** ms since the epoch; -Infinity until every partition has reported an event or is skipped. */
  get valueMs(): number {
    return this.#valueMs;
  }

  /** Greatest event time that counts, of any partition, ms since the epoch; -Infinity before the first. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Rows so far that were too far ahead to move event time; the start of the stream is not counted. */
  get aheadRows(): number {
    return this.#aheadRows;
  }

  /** Greatest event time among them; -Infinity if there were none. */
  get newestAheadMs(): number {
    return this.#newestAheadMs;
  }

  /** How often enough rows agreed and event time jumped over a gap. */
  get jumps(): number {
    return this.#jumps;
  }

  /** Rows ahead that outnumber the others at present; 0 if none are set aside. */
  get jumpVotes(): number {
    return this.#jump.votes;
  }

  /** Takes the event time of a row in. Call `advance` after a batch. O(1). */
  observe(partition: number, eventAtMs: number): void {
    if (eventAtMs > this.#newestMs + this.options.maxJumpMs) return this.#observeAhead(partition, eventAtMs);
    this.#jump.voteAgainst();
    this.#accept(partition, eventAtMs);
  }

  /** Recomputes and returns the watermark. O(partitions). */
  advance(): number {
    const idleBeforeMs = this.#newestMs - this.options.idleMs;
    let least = Infinity;
    for (const seenMs of this.#seenMs) {
      const reachedMs = Math.max(seenMs, this.#firstMs);
      if (reachedMs >= idleBeforeMs) least = Math.min(least, seenMs);
    }
    if (Number.isFinite(least)) this.#valueMs = Math.max(this.#valueMs, least);
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

  /** Partitions beyond the stored ones start unheard of. */
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
