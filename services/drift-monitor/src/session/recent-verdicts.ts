import type { DriftVerdictEvent } from '@fraudflow/contracts';

const KEPT = 500;

/** The newest verdicts, for people. */
export class RecentVerdicts {
  readonly #verdicts: DriftVerdictEvent[] = [];

  add(verdict: DriftVerdictEvent): void {
    this.#verdicts.push(verdict);
    if (this.#verdicts.length > KEPT) this.#verdicts.shift();
  }

  /** Newest first. */
  newest(limit: number): readonly DriftVerdictEvent[] {
    return this.#verdicts.slice(-limit).reverse();
  }
}
