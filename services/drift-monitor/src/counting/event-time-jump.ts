/** Stored form of {@link EventTimeJump}. Plain JSON. */
export interface EventTimeJumpJson {
  readonly votes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Newest event time per partition among the rows; null for a partition without such rows. */
  readonly seenMs: readonly (number | null)[];
}

/**
 * A cluster of rows whose event time is far ahead of the stream, with a vote on whether the stream has moved there.
 * Majority vote (Boyer and Moore, 1981): a row of the cluster adds a vote, any other row removes one. A few rows with
 * wrong times never reach the required votes, whereas a stream that continues after a gap does. O(1) per row.
 */
export class EventTimeJump {
  #votes = 0;
  #oldestMs = Infinity;
  #newestMs = -Infinity;
  readonly #seenMs: Float64Array;

  constructor(
    partitions: number,
    private readonly maxJumpMs: number,
  ) {
    this.#seenMs = new Float64Array(partitions).fill(-Infinity);
  }

  get votes(): number {
    return this.#votes;
  }

  get oldestMs(): number {
    return this.#oldestMs;
  }

  get newestMs(): number {
    return this.#newestMs;
  }

  /** Newest event time per partition among the rows of the cluster; -Infinity for a partition without such rows. */
  get seenMs(): Float64Array {
    return this.#seenMs;
  }

  /** Adds a vote if the row belongs to the cluster or starts one; otherwise removes a vote. */
  observe(partition: number, eventAtMs: number): void {
    const belongsToCluster =
      this.#votes === 0 ||
      (eventAtMs >= this.#oldestMs - this.maxJumpMs && eventAtMs <= this.#newestMs + this.maxJumpMs);
    if (!belongsToCluster) return this.voteAgainst();
    this.#votes += 1;
    if (eventAtMs < this.#oldestMs) this.#oldestMs = eventAtMs;
    if (eventAtMs > this.#newestMs) this.#newestMs = eventAtMs;
    if (eventAtMs > (this.#seenMs[partition] ?? -Infinity)) this.#seenMs[partition] = eventAtMs;
  }

  /** Counts a row outside the cluster. At 0 votes the cluster is dropped, and the next row ahead starts another one. */
  voteAgainst(): void {
    if (this.#votes === 0) return;
    this.#votes -= 1;
    if (this.#votes === 0) this.clear();
  }

  clear(): void {
    this.#votes = 0;
    this.#oldestMs = Infinity;
    this.#newestMs = -Infinity;
    this.#seenMs.fill(-Infinity);
  }

  toJson(): EventTimeJumpJson | null {
    if (this.#votes === 0) return null;
    const seenMs = Array.from(this.#seenMs, (value) => (Number.isFinite(value) ? value : null));
    return { votes: this.#votes, oldestMs: this.#oldestMs, newestMs: this.#newestMs, seenMs };
  }

  /** Restores a stored cluster; null means no cluster. */
  restore(json: EventTimeJumpJson | null | undefined): void {
    this.clear();
    if (json === null || json === undefined) return;
    this.#votes = json.votes;
    this.#oldestMs = json.oldestMs;
    this.#newestMs = json.newestMs;
    json.seenMs.slice(0, this.#seenMs.length).forEach((seenMs, partition) => {
      this.#seenMs[partition] = seenMs ?? -Infinity;
    });
  }
}
