import { DAY_MS, invalidInput } from '@fraudflow/core';

/** Lengths of prequential validation, days. */
export interface FoldOptions {
  /** Start of the first fold's training range, a midnight (UTC), ms. */
  readonly trainStartMs: number;
  readonly trainDays: number;
  /** Age at which a label is known. */
  readonly delayDays: number;
  readonly testDays: number;
  readonly folds: number;
}

/** Event times [fromMs, toMs), Unix epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One training and one test range of prequential validation. */
export interface Fold {
  /** From 0. */
  readonly index: number;
  readonly train: TimeRange;
  readonly test: TimeRange;
  /** When the model would be deployed: training uses the labels known then, ms. Equals the start of the test range. */
  readonly goLiveMs: number;
  /** Frauds from this time on mark their card as known to be compromised, ms. */
  readonly knownFraudsFromMs: number;
}

/** Days of frauds before the label delay that mark a card, in the book's experiments: its training week. */
const KNOWN_FRAUD_DAYS = 7;

/**
 * Plans prequential validation: each fold is shifted by the length of a test range, so the test ranges follow each
 * other without a gap and the training range slides. A card is known to be compromised by frauds of the week before the
 * label delay, for training ranges of any length, so that figures can be compared.
 * @returns the folds, by time.
 * @throws AppError invalid_input naming the first length that is not a positive whole number (delayDays: not negative).
 * Source: Fraud Detection Handbook, chapter 5, "Validation strategies" (prequential validation with a delay).
 */
export function planFolds(options: FoldOptions): readonly Fold[] {
  check(options);
  const { trainStartMs, trainDays, delayDays, testDays, folds } = options;
  return Array.from({ length: folds }, (_, index) => {
    const fromMs = trainStartMs + index * testDays * DAY_MS;
    const toMs = fromMs + trainDays * DAY_MS;
    const testMs = toMs + delayDays * DAY_MS;
    return {
      index,
      train: { fromMs, toMs },
      test: { fromMs: testMs, toMs: testMs + testDays * DAY_MS },
      goLiveMs: testMs,
      knownFraudsFromMs: testMs - (delayDays + KNOWN_FRAUD_DAYS) * DAY_MS,
    };
  });
}

function check(options: FoldOptions): void {
  if (!Number.isInteger(options.trainStartMs) || options.trainStartMs % DAY_MS !== 0) {
    throw invalidInput(`trainStartMs must be a midnight (UTC), not ${options.trainStartMs}`, { field: 'trainStartMs' });
  }
  for (const field of ['trainDays', 'delayDays', 'testDays', 'folds'] as const) {
    const least = field === 'delayDays' ? 0 : 1;
    if (Number.isInteger(options[field]) && options[field] >= least) continue;
    throw invalidInput(`${field} must be a whole number of at least ${least}, not ${options[field]}`, { field });
  }
}
