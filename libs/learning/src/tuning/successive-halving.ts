import { invalidInput } from '@fraudflow/core';
import type { XgboostSettings } from '../recipe/recipe.js';

/** Settings that a search tries. */
export interface Trial {
  readonly id: number;
  readonly settings: XgboostSettings;
}

/** A question of the search: how good is this trial with this part of the data? */
export interface TrialRequest {
  /** From 0. */
  readonly round: number;
  readonly trial: Trial;
  /** Part of the data (folds) to use, above 0 and up to 1. Grows with the rounds; 1 in the last. */
  readonly budget: number;
}

/** How many rounds there are, and how many trials each keeps. */
export interface HalvingOptions {
  readonly rounds: number;
  /** Fraction of the trials that each round keeps, above 0 and below 1; at least one is kept. */
  readonly keep: number;
}

/**
 * Successive halving: each round scores the remaining trials on more data and keeps the best. A generator without side
 * effects: it yields what is to be scored, and takes the score (higher is better; NaN is worst) as the answer. Equal
 * scores go to the lower id, so the result does not depend on the order of evaluation.
 * @returns the best trial of the last round.
 * @throws AppError invalid_input for no trial or options out of range.
 * Source: K. Jamieson, A. Talwalkar, Non-stochastic best arm identification and hyperparameter optimization, 2016.
 */
export function* successiveHalving(
  trials: readonly Trial[],
  { rounds, keep }: HalvingOptions,
): Generator<TrialRequest, Trial, number> {
  check(trials, { rounds, keep });
  let remaining = trials;
  for (let round = 0; round < rounds; round++) {
    const scored: { readonly trial: Trial; readonly score: number }[] = [];
    for (const trial of remaining) {
      const score = yield { round, trial, budget: (round + 1) / rounds };
      scored.push({ trial, score: Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score });
    }
    scored.sort((a, b) => (a.score === b.score ? a.trial.id - b.trial.id : b.score > a.score ? 1 : -1));
    const kept = round === rounds - 1 ? 1 : Math.max(1, Math.floor(scored.length * keep));
    remaining = scored.slice(0, kept).map(({ trial }) => trial);
  }
  const [best] = remaining;
  if (best === undefined) throw invalidInput('a search needs at least one trial', { field: 'trials' });
  return best;
}

function check(trials: readonly Trial[], { rounds, keep }: HalvingOptions): void {
  if (trials.length === 0) throw invalidInput('a search needs at least one trial', { field: 'trials' });
  if (!Number.isInteger(rounds) || rounds < 1)
    throw invalidInput(`rounds must be a positive whole number, not ${rounds}`, { field: 'rounds' });
  if (!(keep > 0 && keep < 1)) throw invalidInput(`keep must be between 0 and 1, not ${keep}`, { field: 'keep' });
}
