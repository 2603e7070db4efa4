/** Partition and offset of a record. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

export interface DeliveryCounts {
  /** Records on `transactions`, bad ones and repeats included. */
  readonly produced: number;
  /** Different transactions on `transactions.validated`. */
  readonly validated: number;
  /** Records of `transactions` that have a dead letter. */
  readonly rejected: number;
  /** Good records whose transaction id occurred before. */
  readonly duplicates: number;
  /** Different transactions on `transactions.scored`. */
  readonly scored: number;
  /** Good transactions without a score. */
  readonly lost: number;
  /** Scores beyond the first of a transaction. */
  readonly scored_twice: number;
}

interface Fate {
  producedAtMs: number;
  scoredAtMs: number;
  scores: number;
}

const NEVER = -1;

/**
 * Accounts for every transaction by id from the records of the topics. Enter dead letters first, then produced records,
 * then validated and scored ones; the order within each does not matter.
 */
export class DeliveryLedger {
  private readonly rejectedPlaces = new Set<string>();
  private readonly fates = new Map<string, Fate>();
  private readonly validatedIds = new Set<string>();
  private readonly strangers = new Map<string, number>();
  private readonly totals = { produced: 0, rejected: 0, duplicates: 0 };

  /** A dead letter of `transactions` and the place of its record. Repeats of one place count once. */
  deadLetter(source: Place): void {
    this.rejectedPlaces.add(placeName(source));
  }

  /** A record of `transactions`. One without a dead letter must be scored exactly once per id. */
  produced(id: string | undefined, place: Place, appendedAtMs: number): void {
    this.totals.produced++;
    if (this.rejectedPlaces.has(placeName(place))) {
      this.totals.rejected++;
      return;
    }
    // A record without an id and without a dead letter counts as lost, under its place.
    const name = id ?? `record ${placeName(place)}`;
    const fate = this.fates.get(name);
    if (fate === undefined) {
      this.fates.set(name, { producedAtMs: appendedAtMs, scoredAtMs: NEVER, scores: 0 });
    } else {
      this.totals.duplicates++;
      fate.producedAtMs = Math.min(fate.producedAtMs, appendedAtMs);
    }
  }

  validated(id: string | undefined): void {
    if (id !== undefined) this.validatedIds.add(id);
  }

  scored(id: string | undefined, appendedAtMs: number): void {
    const fate = id === undefined ? undefined : this.fates.get(id);
    if (fate === undefined) {
      const name = id ?? 'unreadable';
      this.strangers.set(name, (this.strangers.get(name) ?? 0) + 1);
      return;
    }
    fate.scores++;
    if (fate.scoredAtMs === NEVER) fate.scoredAtMs = appendedAtMs;
  }

  counts(): DeliveryCounts {
    const fates = [...this.fates.values()];
    const scored = fates.filter((fate) => fate.scores > 0).length;
    return {
      ...this.totals,
      validated: this.validatedIds.size,
      scored: scored + this.strangers.size,
      lost: fates.length - scored,
      scored_twice:
        sum(fates.map((fate) => Math.max(0, fate.scores - 1))) + sum([...this.strangers.values()].map((n) => n - 1)),
    };
  }

  /** Ids of lost transactions, up to a limit. */
  lostIds(limit: number): readonly string[] {
    const lost = [...this.fates].filter(([, fate]) => fate.scores === 0);
    return lost.slice(0, limit).map(([id]) => id);
  }

  /** Scored ids that were never sent or whose record was rejected; none in a correct system. */
  get unexpected(): number {
    return this.strangers.size;
  }

  /**
   * Time between the append to `transactions` and the append of the first score, ms, for transactions appended in
   * [fromMs, toMs) by the broker's clock.
   */
  latenciesMs(fromMs: number, toMs: number): Float64Array {
    const within = [...this.fates.values()].filter(
      (fate) => fate.scores > 0 && fate.producedAtMs >= fromMs && fate.producedAtMs < toMs,
    );
    return Float64Array.from(within, (fate) => fate.scoredAtMs - fate.producedAtMs);
  }
}

function placeName({ partition, offset }: Place): string {
  return `${partition}:${offset}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
