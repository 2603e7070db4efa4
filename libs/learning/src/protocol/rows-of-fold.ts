import { DAY_MS, defined, invalidInput } from '@fraudflow/core';
import { type LabelledColumns, splitByTime } from '../split/split-by-time.js';
import { checkFold } from './check-fold.js';
import type { Fold } from './plan-folds.js';

/** Transactions as columns, one entry each, in any order. */
export interface EventColumns extends LabelledColumns {
  /** When the label became known, Unix epoch milliseconds; 0 without a label. */
  readonly labelledAtMs: ArrayLike<number>;
}

/** Rows of a fold, as row numbers into the columns, ascending. */
export interface FoldRows {
  readonly train: Int32Array;
  /** Labels of the training rows as known when the model is deployed: 1 fraud, 0 genuine or not known yet. */
  readonly trainLabels: Float32Array;
  readonly test: Int32Array;
  /** True labels of the test rows. */
  readonly testLabels: Float32Array;
  /** Rows between training and test: their labels are not known yet. */
  readonly delayCount: number;
  /** Rows of the test range dropped because their card was known to be compromised, and those cards. */
  readonly removedRows: number;
  readonly removedCards: number;
}

/**
 * The labels that were known at a time: a fraud labelled later counts as genuine.
 * @param atMs the time, Unix epoch milliseconds.
 * @returns one label a row, 1 fraud, 0 genuine or unknown.
 */
export function labelsKnownAt(columns: Pick<EventColumns, 'labels' | 'labelledAtMs'>, atMs: number): Float32Array {
  const { labels, labelledAtMs } = columns;
  const known = new Float32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] === 1 && defined(labelledAtMs[row], 'label time') <= atMs) known[row] = 1;
  }
  return known;
}

/**
 * Selects the rows of a fold: training rows with the labels known at its deployment, test rows without the cards that
 * are known to be compromised. Labels that become known later have no influence on the training rows. O(rows).
 * @param delayDays age at which a label is known; a card is blocked this many full days after its fraud
 * @returns row numbers and labels, and counts of the rows that are left out.
 * @throws AppError invalid_input for columns of unequal length, a time or label out of range, or a delay that is not
 * the fold's; failed_precondition (HISTORY_TOO_SHORT) if the rows do not cover the fold: its first training day and
 * every test day.
 */
export function rowsOfFold(columns: EventColumns, fold: Fold, delayDays: number): FoldRows {
  const { train, test, knownFraudsFromMs, goLiveMs } = fold;
  if (test.fromMs - train.toMs !== delayDays * DAY_MS) {
    throw invalidInput(
      `delayDays is ${delayDays}, but fold ${fold.index + 1} has ${(test.fromMs - train.toMs) / DAY_MS} days between ` +
        'training and test',
      { field: 'delayDays' },
    );
  }
  checkFold(columns, fold);
  const split = splitByTime(columns, {
    trainStartMs: train.fromMs,
    trainDays: (train.toMs - train.fromMs) / DAY_MS,
    delayDays,
    testDays: (test.toMs - test.fromMs) / DAY_MS,
    knownFraudsFromMs,
  });
  const known = labelsKnownAt(columns, goLiveMs);
  return {
    train: split.train,
    trainLabels: Float32Array.from(split.train, (row) => known[row] ?? 0),
    test: split.test,
    testLabels: Float32Array.from(split.test, (row) => columns.labels[row] ?? 0),
    delayCount: split.delayCount,
    removedRows: split.removedCount,
    removedCards: removedCards(columns, fold, split.test),
  };
}

/** Cards with a row in the test range that was dropped. */
function removedCards({ occurredAtMs, cardIds }: EventColumns, { test }: Fold, kept: Int32Array): number {
  const keptRows = new Set(kept);
  const cards = new Set<string | number>();
  for (let row = 0; row < occurredAtMs.length; row++) {
    const at = defined(occurredAtMs[row], 'event time');
    if (at >= test.fromMs && at < test.toMs && !keptRows.has(row)) cards.add(defined(cardIds[row], 'card'));
  }
  return cards.size;
}
