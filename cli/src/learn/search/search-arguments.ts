import { DAY_MS, invalidInput } from '@fraudflow/core';
import type { FeatureServiceDefinition } from '@fraudflow/features';
import { DEFAULT_RECIPE, type FoldOptions, type Recipe, recipeNamed } from '@fraudflow/learning';
import { DAYS, DELAY_DAYS, FOLDS, serviceOf } from '../evaluate/evaluate-arguments.js';
import { OptionProblems } from '../options/option-problems.js';
import { day, inputFile, outputFile, wholeNumber } from '../options/option-values.js';

/** Options of `fraudflow learn search` as Commander hands them over. */
export interface SearchArguments {
  readonly transactions?: string;
  readonly until?: string;
  readonly trials: string;
  readonly seed: string;
  readonly budgetMinutes?: string;
  readonly folds: string;
  readonly trainDays?: string;
  readonly delayDays: string;
  readonly testDays: string;
  readonly featureService?: string;
  readonly learner?: string;
  readonly out?: string;
  readonly json?: string;
}

/** A recipe that XGBoost trains. */
export type XgboostRecipe = Extract<Recipe, { readonly learner: 'xgboost' }>;

/** Validated options of a search. */
export interface SearchOptions {
  readonly file: string;
  /** Rows at or after it are not read, ms. */
  readonly untilMs: number;
  readonly folds: FoldOptions;
  readonly trials: number;
  readonly seed: number;
  /** Time after which no further training starts, ms; undefined = no limit. */
  readonly budgetMs: number | undefined;
  /** Its settings are the first trial, and its learner is the one searched. */
  readonly base: XgboostRecipe;
  readonly service: FeatureServiceDefinition;
  /** Path of the settings file. */
  readonly out: string;
  /** Path of the JSON output, `-` for standard output; undefined = none. */
  readonly json: string | undefined;
}

const TRIALS = { min: 2, max: 1_000 };
const SEED = { min: 0, max: 0xffff_ffff };
const BUDGET_MINUTES = { min: 1, max: 10_080 };
const MINUTE_MS = 60_000;

/** @throws AppError invalid_input naming every option that is wrong */
export function searchOptions(args: SearchArguments): SearchOptions {
  const problems = new OptionProblems();
  const { budgetMinutes, json: jsonPath } = args;
  const file = problems.collect('--transactions', () => inputFile(args.transactions));
  const base = problems.collect('--learner', () => xgboostRecipe(args.learner));
  const service = serviceOf(args.featureService, base, problems);
  const untilMs = problems.collect('--until', () => day(args.until));
  const folds = foldsBefore(untilMs, args, base, problems);
  const trials = problems.collect('--trials', () => wholeNumber(args.trials, TRIALS));
  const seed = problems.collect('--seed', () => wholeNumber(args.seed, SEED));
  const budgetMs =
    budgetMinutes === undefined
      ? undefined
      : problems.collect('--budget-minutes', () => MINUTE_MS * wholeNumber(budgetMinutes, BUDGET_MINUTES));
  const out = problems.collect('--out', () => settingsFile(args.out));
  const json = jsonPath === undefined ? undefined : problems.collect('--json', () => outputFile(jsonPath));
  return { ...problems.valuesOf({ file, base, service, untilMs, folds, trials, seed, out }), budgetMs, json };
}

function xgboostRecipe(name: string | undefined): XgboostRecipe {
  const recipe = name === undefined ? DEFAULT_RECIPE : recipeNamed(name);
  if (recipe.learner === 'xgboost') return recipe;
  throw invalidInput(`${recipe.name} has no settings to search: choose a recipe of XGBoost`);
}

function settingsFile(path: string | undefined): string {
  if (path === undefined) throw invalidInput('is required: the file that the settings are written to');
  return outputFile(path);
}

/** Folds of which the last test range ends at `untilMs`. */
function foldsBefore(
  untilMs: number | undefined,
  args: SearchArguments,
  base: Recipe | undefined,
  problems: OptionProblems,
): FoldOptions | undefined {
  const { trainDays: days } = args;
  const trainDays =
    days === undefined
      ? (base ?? DEFAULT_RECIPE).trainDays
      : problems.collect('--train-days', () => wholeNumber(days, DAYS));
  const delayDays = problems.collect('--delay-days', () => wholeNumber(args.delayDays, DELAY_DAYS));
  const testDays = problems.collect('--test-days', () => wholeNumber(args.testDays, DAYS));
  const folds = problems.collect('--folds', () => wholeNumber(args.folds, FOLDS));
  if (untilMs === undefined || trainDays === undefined || delayDays === undefined) return undefined;
  if (testDays === undefined || folds === undefined) return undefined;
  const trainStartMs = untilMs - (trainDays + delayDays + folds * testDays) * DAY_MS;
  return { trainStartMs, trainDays, delayDays, testDays, folds };
}
