import type { Random } from './random.js';

/** Items (cards or terminals) that are compromised for a number of days. New items are drawn each day. */
export class Compromises {
  private readonly untilDay = new Map<number, number>();
  private owed = 0;

  /**
   * @param population number of items, which are identified by index.
   * @param lastsDays duration: an item drawn on day d is compromised on days d to d + lastsDays − 1.
   */
  constructor(
    private readonly population: number,
    private readonly lastsDays: number,
  ) {}

  /** Draws the day's new items without repetition. The fraction of the rate is carried over to the next days. */
  beginDay(day: number, perDay: number, random: Random): void {
    for (const [index, until] of this.untilDay) if (until <= day) this.untilDay.delete(index);
    this.owed += perDay;
    // The small term corrects rounding errors, e.g. in ten times 0.1.
    const count = Math.floor(this.owed + 1e-9);
    this.owed -= count;
    for (const index of sample(Math.min(count, this.population), this.population, random)) {
      this.untilDay.set(index, day + this.lastsDays);
    }
  }

  has(index: number): boolean {
    return this.untilDay.has(index);
  }

  get size(): number {
    return this.untilDay.size;
  }
}

/** `count` distinct indexes below `population`. */
function sample(count: number, population: number, random: Random): ReadonlySet<number> {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(random.below(population));
  return drawn;
}
