import { DAY_MS } from '@fraudflow/core';
import { type Fold, planFolds } from '@fraudflow/learning';
import type { NativeLearner } from '@fraudflow/learners';
import { checkHistory } from '../folds/check-history.js';
import { rangeOf } from '../folds/range-of-folds.js';
import { type FoldResult, type FoldStage, runFold } from '../folds/run-fold.js';
import type { ReadRows } from '../history/history.js';
import { fileSha256, readHistory, type ReadProgress } from '../history/read-history.js';
import type { EvaluateOptions } from './evaluate-arguments.js';

/** Seed of the bootstrap: fixed, so that a repeated evaluation has the same intervals. */
export const BOOTSTRAP_SEED = 0;

/** Wall-clock times of an evaluation, ms: the only part of its result that differs between runs. */
export interface EvaluationTimes {
  readonly readMs: number;
  readonly foldMs: readonly number[];
  readonly totalMs: number;
}

/** Result of an evaluation. */
export interface FoldedEvaluation {
  readonly fileSha256: string;
  /** Rows at or after this time were not read, ms. */
  readonly endMs: number;
  readonly read: ReadRows;
  readonly keptRows: number;
  readonly featureNames: readonly string[];
  readonly results: readonly FoldResult[];
  readonly times: EvaluationTimes;
}

/** What an evaluation uses and reports to. */
export interface EvaluationRun {
  readonly learner: NativeLearner;
  readonly signal: AbortSignal;
  /** Monotonic clock, ms. */
  readonly nowMs: () => number;
  readonly onRead: (progress: ReadProgress) => void;
  readonly onFold: (fold: Fold, stage: FoldStage, share: number) => void;
}

/**
 * Judges a recipe on prequential folds of a file: reads the rows before the end of the last test range, computes their
 * features, and per fold trains with the labels known at its go-live and evaluates on the days after it.
 * @throws AppError failed_precondition for a history that is too short or has nothing to learn from
 */
export async function evaluateFile(options: EvaluateOptions, run: EvaluationRun): Promise<FoldedEvaluation> {
  const startMs = run.nowMs();
  const folds = planFolds(options.folds);
  const history = await readHistory(
    options.file,
    { ...rangeOf(folds), service: options.service, labelDelayMs: options.folds.delayDays * DAY_MS },
    { signal: run.signal, onProgress: run.onRead },
  );
  checkHistory(history, folds, options.file);
  const sha256 = await fileSha256(options.file);
  const readMs = run.nowMs() - startMs;
  const { recipe, costs, resamples, service } = options;
  const settings = {
    recipe,
    costs,
    resamples,
    seed: BOOTSTRAP_SEED,
    featureService: `${service.name}:${service.version}`,
    delayDays: options.folds.delayDays,
  };
  const results: FoldResult[] = [];
  const foldMs: number[] = [];
  for (const fold of folds) {
    run.signal.throwIfAborted();
    const foldStartMs = run.nowMs();
    const onProgress = (stage: FoldStage, share: number): void => run.onFold(fold, stage, share);
    results.push(await runFold(history, fold, settings, { learner: run.learner, signal: run.signal, onProgress }));
    foldMs.push(run.nowMs() - foldStartMs);
  }
  return {
    fileSha256: sha256,
    endMs: rangeOf(folds).endMs,
    read: history.read,
    keptRows: history.labels.length,
    featureNames: history.featureNames,
    results,
    times: { readMs, foldMs, totalMs: run.nowMs() - startMs },
  };
}
