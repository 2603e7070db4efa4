import type { Fold, Trial } from '@fraudflow/learning';

/** Average precision of a trial on one fold. */
export interface TrialScore {
  readonly fold: Fold;
  readonly averagePrecision: number;
}

/** A trial with its scores, in order of computation. */
export interface TrialResult {
  readonly trial: Trial;
  readonly scores: readonly TrialScore[];
  /** Mean average precision over the folds it was scored on; NaN without one. */
  readonly mean: number;
}

/** Scores of the trials of a search. */
export class Scoreboard {
  readonly #scores = new Map<number, TrialScore[]>();

  constructor(readonly trials: readonly Trial[]) {}

  hasScore(trial: Trial, fold: Fold): boolean {
    return this.#of(trial).some((score) => score.fold.index === fold.index);
  }

  add(trial: Trial, score: TrialScore): void {
    this.#scores.set(trial.id, [...this.#of(trial), score]);
  }

  /** Mean score of a trial over folds on which it was scored. */
  meanOf(trial: Trial, folds: readonly Fold[]): number {
    const wanted = new Set(folds.map(({ index }) => index));
    return mean(this.#of(trial).filter(({ fold }) => wanted.has(fold.index)));
  }

  results(): readonly TrialResult[] {
    return this.trials.map((trial) => ({ trial, scores: this.#of(trial), mean: mean(this.#of(trial)) }));
  }

  /**
   * The best trial so far: of those scored on the most folds the one with the highest mean, then the lowest id.
   * @returns undefined if no trial has a score
   */
  leader(): Trial | undefined {
    const scored = this.results().filter(({ scores }) => scores.length > 0);
    const most = Math.max(...scored.map(({ scores }) => scores.length));
    const candidates = scored.filter(({ scores }) => scores.length === most);
    return candidates.reduce<TrialResult | undefined>(
      (best, next) => (best === undefined || next.mean > best.mean ? next : best),
      undefined,
    )?.trial;
  }

  #of(trial: Trial): readonly TrialScore[] {
    return this.#scores.get(trial.id) ?? [];
  }
}

function mean(scores: readonly TrialScore[]): number {
  return scores.reduce((sum, { averagePrecision }) => sum + averagePrecision, 0) / scores.length;
}
