/** Source of wall-clock time. Features, rules and decisions use event time instead. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** The clock of the operating system. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** A clock for tests. It moves only by `advance`. */
export class FixedClock implements Clock {
  /** @param currentMs first time, ms since the Unix epoch */
  constructor(private currentMs: number) {}

  nowMs(): number {
    return this.currentMs;
  }

  /** Moves the clock. @param byMs milliseconds; a negative number moves it back */
  advance(byMs: number): void {
    this.currentMs += byMs;
  }
}
