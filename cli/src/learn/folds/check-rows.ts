import { failedPrecondition } from '@fraudflow/core';
import type { FoldRows } from '@fraudflow/learning';
import type { LabelledRows } from '@fraudflow/learners';

/** Below this number of frauds a model cannot be trained, and its figures say nothing. */
export const MIN_FRAUDS = 10;

/**
 * Checks that a fold has frauds and genuine rows to learn from and to be judged on.
 * @param name of the fold in messages, e.g. `fold 1`
 * @throws AppError failed_precondition naming the range and the next step
 */
export function checkLabels(name: string, { train, trainLabels, test, testLabels }: FoldRows): void {
  checkRange(`the training range of ${name}`, train.length, countFrauds(trainLabels), '--train-days');
  checkRange(`the test range of ${name}`, test.length, countFrauds(testLabels), '--test-days');
}

/** Number of labels that are 1. */
export function countFrauds(labels: Float32Array): number {
  return labels.reduce((sum, label) => sum + label, 0);
}

/**
 * Checks that every column has at least two values: a constant or missing one is a fault of the data or of the range.
 * @throws AppError failed_precondition naming the columns
 */
export function checkColumns(name: string, rows: LabelledRows): void {
  const problems = rows.featureNames.flatMap((feature, column) => {
    const problem = problemOf(rows, column);
    return problem === undefined ? [] : [`${feature} ${problem}`];
  });
  if (problems.length === 0) return;
  throw failedPrecondition(
    `nothing can be learned from ${problems.join(', ')} in the training rows of ${name}: choose a longer training ` +
      'range, or a feature service without them (--feature-service)',
  );
}

function checkRange(range: string, rows: number, frauds: number, option: string): void {
  if (rows === 0) throw nothingToLearn(`${range} has no rows: choose other days (--train-start)`);
  if (frauds === 0) throw nothingToLearn(`${range} has no fraud whose label is known: choose more days (${option})`);
  if (frauds === rows) throw nothingToLearn(`${range} has only frauds: the file must contain genuine rows too`);
  if (frauds >= MIN_FRAUDS) return;
  throw nothingToLearn(
    `${range} has ${frauds} frauds, at least ${MIN_FRAUDS} are needed: choose more days (${option})`,
  );
}

function nothingToLearn(message: string): Error {
  return failedPrecondition(message, { code: 'NOTHING_TO_LEARN' });
}

/** What is wrong with a column; undefined if it has two values. */
function problemOf({ features, featureNames }: LabelledRows, column: number): string | undefined {
  const width = featureNames.length;
  const first = features[column] as number;
  for (let at = column + width; at < features.length; at += width) {
    if (!Object.is(features[at], first)) return undefined;
  }
  return Number.isNaN(first) ? '(missing in every row)' : `(${first} in every row)`;
}
