import { instant, range, seconds } from '../report/json-values.js';
import { libraryVersions } from '../report/library-versions.js';
import { sourceJson } from '../report/source-json.js';
import { KEEP, ROUNDS, type SearchResult } from './run-search.js';
import type { SearchOptions } from './search-arguments.js';

/** Version of the JSON's layout. */
const FORMAT = 1;

/**
 * The result of `learn search` as JSON. Without a time budget everything but `timing` is the same for the same file and
 * options.
 */
export function searchJson(options: SearchOptions, result: SearchResult): object {
  const { base, service } = options;
  return {
    format: FORMAT,
    ...sourceJson({ ...result, file: options.file }),
    until: instant(options.untilMs),
    protocol: {
      train_days: options.folds.trainDays,
      delay_days: options.folds.delayDays,
      test_days: options.folds.testDays,
      folds: result.folds.map(({ train, test }) => ({ train: range(train), test: range(test) })),
    },
    search: { base: base.name, trials: options.trials, seed: options.seed, rounds: ROUNDS, keep: KEEP },
    feature_service: `${service.name}:${service.version}`,
    versions: libraryVersions(result.parameters),
    stopped_early: result.isStoppedEarly,
    best: { id: result.best.id, settings: result.best.settings },
    trials: result.trials.map(({ trial, scores, mean }) => ({
      id: trial.id,
      settings: trial.settings,
      mean_average_precision: mean,
      scores: scores.map(({ fold, averagePrecision }) => ({
        fold: fold.index + 1,
        average_precision: averagePrecision,
      })),
    })),
    timing: {
      node: process.version,
      read_seconds: seconds(result.times.readMs),
      total_seconds: seconds(result.times.totalMs),
    },
  };
}
