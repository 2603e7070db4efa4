import type { Random } from './random.js';

/** Things in thieves' hands for a number of days: new ones are drawn each day, old ones come free. */
export class Compromises {
  private readonly untilDay = new Map<number, number>();
  private owed = 0;

  /**
   * @param population how many things there are to draw from, by index.
   * @param lastsDays a thing drawn on day d is compromised on days d to d + lastsDays − 1.
   */
  constructor(
    private readonly population: number,
    private readonly lastsDays: number,
  ) {}

  /** Draws the day's new ones without repetition. A fractional rate is paid out as whole things over the days. */
  beginDay(day: number, perDay: number, random: Random): void {
    for (const [index, until] of this.untilDay) if (until <= day) this.untilDay.delete(index);
    this.owed += perDay;
    // The tiny term keeps sums such as ten times 0.1 from falling short of the whole.
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

/** `count` different indexes below `population`. */
function sample(count: number, population: number, random: Random): ReadonlySet<number> {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(random.below(population));
  return drawn;
}
