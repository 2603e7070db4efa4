import type { DriftVerdictEvent } from '@fraudflow/contracts';

const CAPACITY = 500;

/** The newest verdicts, at most 500, for the reports. */
export class RecentVerdicts {
  readonly #verdicts: DriftVerdictEvent[] = [];

  add(verdict: DriftVerdictEvent): void {
    this.#verdicts.push(verdict);
    if (this.#verdicts.length > CAPACITY) this.#verdicts.shift();
  }

  /** The newest verdicts, newest first. */
  newest(limit: number): readonly DriftVerdictEvent[] {
    return this.#verdicts.slice(-limit).reverse();
  }
}
