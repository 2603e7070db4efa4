import { DAY_MS, failedPrecondition } from '@fraudflow/core';
import { type Fold, planFolds, sampleXgboostSettings, successiveHalving, type Trial } from '@fraudflow/learning';
import type { NativeLearner } from '@fraudflow/learners';
import { seededRandom } from '@fraudflow/stats';
import { checkHistory } from '../folds/check-history.js';
import { foldData } from '../folds/fold-data.js';
import { rangeOf } from '../folds/range-of-folds.js';
import type { History, ReadRows } from '../history/history.js';
import { fileSha256, readHistory, type ReadProgress } from '../history/read-history.js';
import { scoreTrial } from './score-trial.js';
import { Scoreboard, type TrialResult } from './scoreboard.js';
import type { SearchOptions } from './search-arguments.js';

/** Result of a search. */
export interface SearchResult {
  readonly fileSha256: string;
  /** Rows at or after this time were not read, ms. */
  readonly endMs: number;
  readonly read: ReadRows;
  readonly keptRows: number;
  readonly folds: readonly Fold[];
  readonly trials: readonly TrialResult[];
  readonly best: Trial;
  /** Whether the time budget ended the search before its last round. */
  readonly isStoppedEarly: boolean;
  /** Facts of the last training, e.g. the version of the library. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly times: { readonly readMs: number; readonly totalMs: number };
}

/** Progress of a search: a training within a round. */
export interface SearchProgress {
  /** From 0. */
  readonly round: number;
  readonly trial: Trial;
  readonly fold: Fold;
  /** Share of this training, 0 to 1. */
  readonly share: number;
  /** Trainings finished before. */
  readonly done: number;
}

/** What a search uses and reports to. */
export interface SearchRun {
  readonly learner: NativeLearner;
  readonly signal: AbortSignal;
  /** Monotonic clock, ms. */
  readonly nowMs: () => number;
  readonly onRead: (progress: ReadProgress) => void;
  readonly onTrial: (progress: SearchProgress) => void;
}

/** Rounds of successive halving. */
export const ROUNDS = 3;
/** Share of the trials that a round keeps. */
export const KEEP = 1 / 3;

/**
 * Random search with successive halving: the first trial has the settings of the base recipe, the others are drawn.
 * A round scores its trials on the newest folds, later rounds on more of them, and keeps the best third. Without a time
 * budget the result depends only on the file's rows and the options.
 * @throws AppError failed_precondition for a history that is too short or has nothing to learn from, or a time budget
 * that ends before the first score
 */
export async function searchSettings(options: SearchOptions, run: SearchRun): Promise<SearchResult> {
  const startMs = run.nowMs();
  const folds = planFolds(options.folds);
  const range = { ...rangeOf(folds), service: options.service, labelDelayMs: options.folds.delayDays * DAY_MS };
  const watch = { signal: run.signal, onProgress: run.onRead };
  const history = await readHistory(options.file, range, watch);
  checkHistory(history, folds, options.file);
  const sha256 = await fileSha256(options.file);
  const readMs = run.nowMs() - startMs;
  const search = new Search(history, folds, options, startMs + (options.budgetMs ?? Infinity));
  const winner = await search.run(run);
  const best = winner ?? search.board.leader();
  if (best === undefined) throw failedPrecondition('--budget-minutes ended before the first trial: give more minutes');
  return {
    fileSha256: sha256,
    endMs: range.endMs,
    read: history.read,
    keptRows: history.labels.length,
    folds,
    trials: search.board.results(),
    best,
    isStoppedEarly: winner === undefined,
    parameters: search.parameters,
    times: { readMs, totalMs: run.nowMs() - startMs },
  };
}

/** A search over the folds of a history. */
class Search {
  readonly board: Scoreboard;
  parameters: Readonly<Record<string, string>> = {};
  #done = 0;

  constructor(
    private readonly history: History,
    private readonly folds: readonly Fold[],
    private readonly options: SearchOptions,
    private readonly deadlineMs: number,
  ) {
    this.board = new Scoreboard(trialsOf(options));
  }

  /** @returns the winner, or undefined if the time budget ended before the last round */
  async run(run: SearchRun): Promise<Trial | undefined> {
    const rounds = successiveHalving(this.board.trials, { rounds: ROUNDS, keep: KEEP });
    let next = rounds.next();
    while (next.done !== true) {
      const { round, trial, budget } = next.value;
      const newest = newestFolds(this.folds, budget);
      for (const fold of newest) {
        if (this.board.hasScore(trial, fold)) continue;
        if (run.nowMs() >= this.deadlineMs) return undefined;
        await this.#score(trial, fold, round, run);
      }
      next = rounds.next(this.board.meanOf(trial, newest));
    }
    return next.value;
  }

  async #score(trial: Trial, fold: Fold, round: number, { learner, signal, onTrial }: SearchRun): Promise<void> {
    signal.throwIfAborted();
    const data = foldData(this.history, fold, this.options.folds.delayDays);
    const onProgress = (share: number): void => onTrial({ round, trial, fold, share, done: this.#done });
    onProgress(0);
    const recipe = { ...this.options.base, settings: trial.settings };
    const scored = await scoreTrial(this.history, data, recipe, { learner, signal, onProgress });
    this.board.add(trial, { fold, averagePrecision: scored.averagePrecision });
    this.parameters = scored.parameters;
    this.#done++;
  }
}

function trialsOf({ base, trials, seed }: SearchOptions): readonly Trial[] {
  const random = seededRandom(seed);
  return Array.from({ length: trials }, (_, id) => ({
    id,
    settings: id === 0 ? base.settings : sampleXgboostSettings(random, base.settings),
  }));
}

/** @param budget share of the folds, above 0 to 1 */
function newestFolds(folds: readonly Fold[], budget: number): readonly Fold[] {
  return folds.slice(folds.length - Math.max(1, Math.round(folds.length * budget)));
}
