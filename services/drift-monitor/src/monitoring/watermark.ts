/** Stored form of {@link Watermark}; null stands for "nothing seen". */
export interface WatermarkJson {
  readonly seenMs: readonly (number | null)[];
  readonly firstMs: number | null;
  readonly valueMs: number | null;
}

/**
 * How far event time has come over all partitions: the least of the partitions' greatest event times. It never goes back.
 *
 * A partition more than `idleMs` behind the foremost one has nothing to say at present and holds nothing back. A partition
 * never heard of counts from the first event of all. One row from the future moves only its own partition ahead, so it can
 * close windows early only if it lies more than `idleMs` ahead of the others.
 */
export class Watermark {
  readonly #seenMs: Float64Array;
  #firstMs = Infinity;
  #valueMs = -Infinity;

  constructor(
    partitions: number,
    private readonly idleMs: number,
  ) {
    this.#seenMs = new Float64Array(partitions).fill(-Infinity);
  }

  /** ms since the epoch; -Infinity until all partitions were heard of or passed over. */
  get valueMs(): number {
    return this.#valueMs;
  }

  /** Greatest event time of any partition, ms since the epoch; -Infinity before the first row. */
  get newestMs(): number {
    return Math.max(...this.#seenMs);
  }

  /** Takes the event time of a row in. Call `advance` after a batch. O(1). */
  observe(partition: number, eventAtMs: number): void {
    this.#firstMs = Math.min(this.#firstMs, eventAtMs);
    this.#seenMs[partition] = Math.max(this.#seenMs[partition] ?? -Infinity, eventAtMs);
  }

  /** Recomputes and returns the watermark. O(partitions). */
  advance(): number {
    const idleBeforeMs = this.newestMs - this.idleMs;
    let least = Infinity;
    for (const seenMs of this.#seenMs) {
      const reachedMs = Math.max(seenMs, this.#firstMs);
      if (reachedMs >= idleBeforeMs) least = Math.min(least, seenMs);
    }
    if (Number.isFinite(least)) this.#valueMs = Math.max(this.#valueMs, least);
    return this.#valueMs;
  }

  toJson(): WatermarkJson {
    const stored = (value: number): number | null => (Number.isFinite(value) ? value : null);
    return {
      seenMs: Array.from(this.#seenMs, stored),
      firstMs: stored(this.#firstMs),
      valueMs: stored(this.#valueMs),
    };
  }

  /** Partitions beyond the stored ones start unheard of. */
  static fromJson(json: WatermarkJson, partitions: number, idleMs: number): Watermark {
    const watermark = new Watermark(partitions, idleMs);
    json.seenMs.slice(0, partitions).forEach((seenMs, partition) => {
      watermark.#seenMs[partition] = seenMs ?? -Infinity;
    });
    watermark.#firstMs = json.firstMs ?? Infinity;
    watermark.#valueMs = json.valueMs ?? -Infinity;
    return watermark;
  }
}
