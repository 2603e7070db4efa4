import { DAY_MS } from '@fraudflow/core';
import { chooseThreshold, chooseThresholdByCost, type Costs, type Recipe, type TimeRange } from '@fraudflow/learning';
import type { NativeLearner } from '@fraudflow/learners';
import type { History } from '../history/history.js';
import { countFrauds } from './check-rows.js';
import { featuresOf, type FoldData, valuesAt } from './fold-data.js';

/** An operating threshold and the rows on which it was chosen. */
export interface ChosenThreshold {
  /** A row is an alert if its fraud probability is at or above, 0 to 1. */
  readonly threshold: number;
  readonly rule: 'cost' | 'max_f1' | 'default';
  /** Training days on which it was chosen; undefined for the default. */
  readonly range: TimeRange | undefined;
}

/** What the choice depends on. */
export interface ThresholdChoice {
  readonly learner: NativeLearner;
  readonly recipe: Recipe;
  readonly costs: Costs | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** Threshold if the training range is too short to choose one. */
const DEFAULT_THRESHOLD = 0.5;
const MAX_VALIDATION_DAYS = 7;
/** At most this share of the training days is used for validation. */
const VALIDATION_SHARE = 1 / 4;

/**
 * Chooses the threshold on the last training days with a model that was trained on the days before them, so that test
 * rows are never used: by costs if they are given, else by the best F1.
 */
export async function chooseOnValidation(
  history: History,
  { fold, rows, train }: FoldData,
  { learner, recipe, costs, signal, onProgress }: ThresholdChoice,
): Promise<ChosenThreshold> {
  const range = validationRange(fold.train);
  const older: number[] = [];
  const newer: number[] = [];
  rows.train.forEach((row, at) => ((history.occurredAtMs[row] as number) < range.fromMs ? older : newer).push(at));
  const labels = labelsAt(train.labels, newer);
  const olderLabels = labelsAt(train.labels, older);
  if (!hasBothClasses(olderLabels) || !hasBothClasses(labels)) {
    return { threshold: DEFAULT_THRESHOLD, rule: 'default', range: undefined };
  }
  const olderRows = { ...featuresOf(history, rowsAt(rows.train, older)), labels: olderLabels };
  const model = await learner.learn(recipe, olderRows, { signal, onProgress });
  const newerRows = rowsAt(rows.train, newer);
  const scores = await model.score(featuresOf(history, newerRows));
  if (costs === undefined) {
    return { threshold: bounded(chooseThreshold(scores, labels, { kind: 'max_f1' })), rule: 'max_f1', range };
  }
  const days = (range.toMs - range.fromMs) / DAY_MS;
  const { threshold } = chooseThresholdByCost(
    { scores, labels, amounts: valuesAt(history.amounts, newerRows), days },
    costs,
  );
  return { threshold: bounded(threshold), rule: 'cost', range };
}

/** The last days of a training range, at least one. */
function validationRange({ fromMs, toMs }: TimeRange): TimeRange {
  const days = (toMs - fromMs) / DAY_MS;
  const validationDays = Math.min(MAX_VALIDATION_DAYS, Math.ceil(days * VALIDATION_SHARE));
  return { fromMs: toMs - validationDays * DAY_MS, toMs };
}

function hasBothClasses(labels: Float32Array): boolean {
  const frauds = countFrauds(labels);
  return frauds > 0 && frauds < labels.length;
}

function labelsAt(labels: Float32Array, at: readonly number[]): Float32Array {
  return Float32Array.from(at, (index) => labels[index] as number);
}

function rowsAt(rows: Int32Array, at: readonly number[]): Int32Array {
  return Int32Array.from(at, (index) => rows[index] as number);
}

/** A model file states a threshold from 0 to 1. */
function bounded(threshold: number): number {
  return Math.min(1, Math.max(0, threshold));
}
