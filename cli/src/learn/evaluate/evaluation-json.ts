import type { FoldResult } from '../folds/run-fold.js';
import { TOP_CARDS } from '../folds/run-fold.js';
import { summariseFolds } from '../folds/summarise-folds.js';
import { instant, named, range, seconds } from '../report/json-values.js';
import { libraryVersions } from '../report/library-versions.js';
import { sourceJson } from '../report/source-json.js';
import { BOOTSTRAP_SEED, type FoldedEvaluation } from './evaluate.js';
import type { EvaluateOptions } from './evaluate-arguments.js';

/** Version of the JSON's layout. */
const FORMAT = 1;

/**
 * The result of `learn evaluate` as JSON. Everything but `timing` is the same for the same file and options, on any
 * machine.
 */
export function evaluationJson(options: EvaluateOptions, evaluation: FoldedEvaluation): object {
  const { results, times } = evaluation;
  return {
    format: FORMAT,
    ...sourceJson({ ...evaluation, file: options.file }),
    protocol: {
      train_start: instant(options.folds.trainStartMs),
      train_days: options.folds.trainDays,
      delay_days: options.folds.delayDays,
      test_days: options.folds.testDays,
      folds: options.folds.folds,
    },
    recipe: recipeJson(options, evaluation),
    costs: options.costs ?? null,
    intervals: { level: 0.95, resampled: 'cards', resamples: options.resamples, seed: BOOTSTRAP_SEED },
    versions: libraryVersions(results[0]?.parameters ?? {}),
    folds: results.map(foldJson),
    summary: named(summariseFolds(results), TOP_CARDS),
    timing: {
      node: process.version,
      read_seconds: seconds(times.readMs),
      fold_seconds: times.foldMs.map(seconds),
      total_seconds: seconds(times.totalMs),
    },
  };
}

function recipeJson({ recipe, service }: EvaluateOptions, { featureNames }: FoldedEvaluation): object {
  return {
    name: recipe.name,
    learner: recipe.learner,
    settings: recipe.settings,
    feature_service: `${service.name}:${service.version}`,
    feature_names: featureNames,
  };
}

function foldJson({ fold, counts, chosen, metrics, money, ...result }: FoldResult): object {
  return {
    fold: fold.index + 1,
    train: { ...range(fold.train), rows: counts.trainRows, frauds: counts.trainFrauds },
    delay: { rows: counts.delayRows },
    go_live_at: instant(fold.goLiveMs),
    known_frauds_from: instant(fold.knownFraudsFromMs),
    test: { ...range(fold.test), rows: counts.testRows, frauds: counts.testFrauds },
    removed: { rows: counts.removedRows, cards: counts.removedCards },
    threshold: {
      value: chosen.threshold,
      rule: chosen.rule,
      chosen_on: chosen.range === undefined ? null : range(chosen.range),
    },
    metrics: named(metrics, TOP_CARDS),
    recall_by_scenario: result.recallByScenario,
    [`perfect_card_precision_${TOP_CARDS}`]: result.perfectCardPrecision,
    money: money === undefined ? null : named({ ...money }, TOP_CARDS),
    sha256: {
      training_features: result.sha256.trainingFeatures,
      training_data: result.sha256.trainingData,
      onnx: result.sha256.onnx,
    },
  };
}
