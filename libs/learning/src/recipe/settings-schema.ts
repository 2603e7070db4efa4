import { invalidInput } from '@fraudflow/core';
import type { LogisticSettings, Recipe, XgboostSettings } from './recipe.js';

/** What a setting accepts. */
type Rule =
  | { readonly kind: 'whole' | 'number'; readonly least: number; readonly most: number; readonly isOpen?: boolean }
  | { readonly kind: 'choice'; readonly values: readonly string[] };

type Rules<Settings> = { readonly [Name in keyof Settings]: Rule };

const whole = (least: number, most: number): Rule => ({ kind: 'whole', least, most });
const number = (least: number, most: number): Rule => ({ kind: 'number', least, most });
/** Greater than zero. */
const fraction = (most: number): Rule => ({ kind: 'number', least: 0, most, isOpen: true });
const choice = (...values: readonly string[]): Rule => ({ kind: 'choice', values });

const XGBOOST_RULES: Rules<XgboostSettings> = {
  trees: whole(1, 10_000),
  learningRate: fraction(1),
  maxDepth: whole(1, 16),
  subsample: fraction(1),
  columnFraction: fraction(1),
  minChildWeight: number(0, 1e6),
  treeMethod: choice('hist', 'exact'),
  maxBin: whole(2, 65_536),
  l2: number(0, 1e6),
  seed: whole(0, 2_147_483_647),
};

const LOGISTIC_RULES: Rules<LogisticSettings> = {
  inverseRegularisation: fraction(1e6),
  maxIterations: whole(1, 10_000),
  classWeight: choice('none', 'balanced'),
};

/**
 * Replaces settings of a recipe by the given ones; settings that are not given stay.
 * @param json a JSON object of settings of the recipe's learner, e.g. `{ "trees": 300 }`
 * @returns the recipe with the settings.
 * @throws AppError invalid_input with all problems, each with its field and what the field accepts.
 */
export function parseSettings(recipe: Recipe, json: unknown): Recipe {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidInput('settings must be a JSON object, e.g. { "trees": 300 }');
  }
  const rules: Readonly<Record<string, Rule>> = { ...(recipe.learner === 'xgboost' ? XGBOOST_RULES : LOGISTIC_RULES) };
  const problems = Object.entries(json).flatMap(([name, value]) => problemOf(name, value, rules));
  if (problems.length > 0) {
    throw invalidInput(`settings for ${recipe.name}: ${problems.join('; ')}`);
  }
  return { ...recipe, settings: { ...recipe.settings, ...json } } as Recipe;
}

function problemOf(name: string, value: unknown, rules: Readonly<Record<string, Rule>>): readonly string[] {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) return [`${name} is unknown; there are ${Object.keys(rules).join(', ')}`];
  return accepts(rule, value)
    ? []
    : [`${name} must be ${describe(rule)}, not ${JSON.stringify(value) ?? String(value)}`];
}

function accepts(rule: Rule, value: unknown): boolean {
  if (rule.kind === 'choice') return typeof value === 'string' && rule.values.includes(value);
  if (typeof value !== 'number' || !(value >= rule.least && value <= rule.most)) return false;
  return rule.kind === 'whole' ? Number.isInteger(value) : rule.isOpen !== true || value > rule.least;
}

function describe(rule: Rule): string {
  if (rule.kind === 'choice') return rule.values.join(' or ');
  const kind = rule.kind === 'whole' ? 'a whole number' : 'a number';
  return rule.isOpen === true
    ? `${kind} above ${rule.least} and up to ${rule.most}`
    : `${kind} from ${rule.least} to ${rule.most}`;
}
