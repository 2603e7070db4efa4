import { type FeatureServiceDefinition, featureServiceByName } from '@fraudflow/features';
import {
  type Costs,
  DEFAULT_RECIPE,
  type FoldOptions,
  parseCosts,
  parseSettings,
  type Recipe,
  recipeNamed,
} from '@fraudflow/learning';
import { OptionProblems } from '../options/option-problems.js';
import { day, inputFile, jsonFile, outputFile, wholeNumber } from '../options/option-values.js';

/** Options of `fraudflow learn evaluate` as Commander hands them over. */
export interface EvaluateArguments {
  readonly transactions?: string;
  readonly trainStart?: string;
  readonly trainDays?: string;
  readonly delayDays: string;
  readonly testDays: string;
  readonly folds: string;
  readonly featureService?: string;
  readonly learner?: string;
  readonly settings?: string;
  readonly costs?: string;
  readonly resamples: string;
  readonly json?: string;
}

/** Validated options of an evaluation. */
export interface EvaluateOptions {
  /** Path of the file of transactions. */
  readonly file: string;
  readonly folds: FoldOptions;
  readonly service: FeatureServiceDefinition;
  readonly recipe: Recipe;
  readonly costs: Costs | undefined;
  readonly resamples: number;
  /** Path of the JSON output, `-` for standard output; undefined = none. */
  readonly json: string | undefined;
}

/** Bounds of the options that are counts. */
export const DAYS = { min: 1, max: 3_650 };
export const DELAY_DAYS = { min: 0, max: 365 };
export const FOLDS = { min: 1, max: 104 };
const RESAMPLES = { min: 40, max: 10_000 };

/** @throws AppError invalid_input naming every option that is wrong */
export function evaluateOptions(args: EvaluateArguments): EvaluateOptions {
  const problems = new OptionProblems();
  const file = problems.collect('--transactions', () => inputFile(args.transactions));
  const recipe = recipeOf(args, problems);
  const service = serviceOf(args.featureService, recipe, problems);
  const folds = foldOptions(args, recipe, problems);
  const costs = args.costs === undefined ? undefined : costsOf(args.costs, problems);
  const resamples = problems.collect('--resamples', () => wholeNumber(args.resamples, RESAMPLES));
  const json = args.json === undefined ? undefined : problems.collect('--json', () => outputFile(args.json ?? ''));
  return { ...problems.valuesOf({ file, recipe, service, folds, resamples }), costs, json };
}

function foldOptions(
  args: EvaluateArguments,
  recipe: Recipe | undefined,
  problems: OptionProblems,
): FoldOptions | undefined {
  const { trainDays: days } = args;
  const trainStartMs = problems.collect('--train-start', () => day(args.trainStart));
  const trainDays =
    days === undefined
      ? (recipe ?? DEFAULT_RECIPE).trainDays
      : problems.collect('--train-days', () => wholeNumber(days, DAYS));
  const delayDays = problems.collect('--delay-days', () => wholeNumber(args.delayDays, DELAY_DAYS));
  const testDays = problems.collect('--test-days', () => wholeNumber(args.testDays, DAYS));
  const folds = problems.collect('--folds', () => wholeNumber(args.folds, FOLDS));
  if (trainStartMs === undefined || trainDays === undefined || delayDays === undefined) return undefined;
  if (testDays === undefined || folds === undefined) return undefined;
  return { trainStartMs, trainDays, delayDays, testDays, folds };
}

/** The named recipe with the settings of a file, if one is given; undefined if either is wrong. */
function recipeOf({ learner, settings }: EvaluateArguments, problems: OptionProblems): Recipe | undefined {
  const recipe = learner === undefined ? DEFAULT_RECIPE : problems.collect('--learner', () => recipeNamed(learner));
  if (settings === undefined) return recipe;
  const given = problems.collect('--settings', () => jsonFile(settings));
  if (recipe === undefined || given === undefined) return undefined;
  return problems.collect('--settings', () => parseSettings(recipe, given));
}

function costsOf(path: string, problems: OptionProblems): Costs | undefined {
  const given = problems.collect('--costs', () => jsonFile(path));
  return given === undefined ? undefined : problems.collect('--costs', () => parseCosts(given));
}

/** The named feature service, or that of the recipe. */
export function serviceOf(
  name: string | undefined,
  recipe: Recipe | undefined,
  problems: OptionProblems,
): FeatureServiceDefinition | undefined {
  const wanted = name ?? (recipe ?? DEFAULT_RECIPE).featureService;
  return problems.collect('--feature-service', () => featureServiceByName(wanted));
}
