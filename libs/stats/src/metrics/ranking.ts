import { invalidInput } from '@fraudflow/core';

/** A run of equal scores, from the highest score down. */
export interface TiedRun {
  readonly score: number;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * Groups (score, label) pairs by equal score, highest first: the common base of ROC and precision-recall metrics.
 *
 * O(n log n).
 *
 * @param scores finite. @param labels 0 or 1, as long as the scores.
 * @throws AppError invalid_input for unequal lengths or NaN scores.
 */
export function tiedRuns(scores: ArrayLike<number>, labels: ArrayLike<number>): TiedRun[] {
  checkPairs(scores, labels);
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const runs: { score: number; positives: number; negatives: number }[] = [];
  let run: { score: number; positives: number; negatives: number } | undefined;
  for (const index of order) {
    const score = scores[index] as number;
    if (run === undefined || run.score !== score) {
      run = { score, positives: 0, negatives: 0 };
      runs.push(run);
    }
    if (labels[index] === 1) run.positives += 1;
    else run.negatives += 1;
  }
  return runs;
}

/** @throws AppError invalid_input for unequal lengths or NaN scores. */
export function checkPairs(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (scores.length !== labels.length) {
    throw invalidInput(`${scores.length} scores do not match ${labels.length} labels`);
  }
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) throw invalidInput(`score ${i} is NaN`);
  }
}
