import { DAY_MS, defined, invalidInput } from '@fraudflow/core';

/** Transactions as columns, one entry each, in any order. */
export interface LabelledColumns {
  /** Event time, Unix epoch milliseconds. */
  readonly occurredAtMs: ArrayLike<number>;
  /** Card (customer) of each transaction. */
  readonly cardIds: ArrayLike<string | number>;
  /** 1 fraud, 0 genuine. */
  readonly labels: ArrayLike<number>;
}

/** Lengths in days; train, delay and test follow each other without a gap. */
export interface TimeSplitOptions {
  readonly trainStartMs: number;
  readonly trainDays: number;
  /** Age at which a label is known. */
  readonly delayDays: number;
  readonly testDays: number;
  /** Frauds before this instant do not mark a card as known. Default: the start of training. */
  readonly knownFraudsFromMs?: number;
}

/** Row numbers into the columns, ascending. */
export interface TimeSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** Rows between train and test: their labels are not known when the model is deployed. */
  readonly delayCount: number;
  /** Rows of the test range dropped because their card was known to be compromised. */
  readonly removedCount: number;
  readonly trainRange: { readonly fromMs: number; readonly toMs: number };
  readonly testRange: { readonly fromMs: number; readonly toMs: number };
}

/**
 * Splits by event time with a label delay: train [S, S+a), delay [S+a, S+a+d), test [S+a+d, S+a+d+b). A card with a
 * fraud on a day that is at least `delayDays` full days before test day T is known on T: all its rows of T and of later
 * days are dropped, since a bank has blocked it. Days are counted from S, so S should be a midnight. A random split, or
 * one without the delay, would overestimate every model. O(rows).
 * @returns row numbers of train and test, ascending.
 * @throws AppError invalid_input for lengths that are not positive, or columns of unequal length.
 * Source: Fraud Detection Handbook, chapter 3, "Baseline fraud detection system".
 */
export function splitByTime(columns: LabelledColumns, options: TimeSplitOptions): TimeSplit {
  checkInput(columns, options);
  const trainEnd = options.trainStartMs + options.trainDays * DAY_MS;
  const testStart = trainEnd + options.delayDays * DAY_MS;
  const testEnd = testStart + options.testDays * DAY_MS;
  const firstFraudDay = firstFraudDays(columns, options);
  const train: number[] = [];
  const test: number[] = [];
  let delayCount = 0;
  let removedCount = 0;
  for (let row = 0; row < columns.labels.length; row++) {
    const at = defined(columns.occurredAtMs[row], 'event time');
    if (at < options.trainStartMs || at >= testEnd) continue;
    if (at < trainEnd) train.push(row);
    else if (at < testStart) delayCount++;
    else if (isKnown(firstFraudDay.get(cardOf(columns, row)), dayOf(at, options), options)) removedCount++;
    else test.push(row);
  }
  return {
    train: Int32Array.from(train),
    test: Int32Array.from(test),
    delayCount,
    removedCount,
    trainRange: { fromMs: options.trainStartMs, toMs: trainEnd },
    testRange: { fromMs: testStart, toMs: testEnd },
  };
}

function isKnown(fraudDay: number | undefined, day: number, options: TimeSplitOptions): boolean {
  return fraudDay !== undefined && fraudDay < day - options.delayDays;
}

/** First day with a fraud per card, from `knownFraudsFromMs` on; later frauds cannot make a card known earlier. */
function firstFraudDays(columns: LabelledColumns, options: TimeSplitOptions): Map<string | number, number> {
  const from = options.knownFraudsFromMs ?? options.trainStartMs;
  const days = new Map<string | number, number>();
  for (let row = 0; row < columns.labels.length; row++) {
    const at = defined(columns.occurredAtMs[row], 'event time');
    if (columns.labels[row] !== 1 || at < from) continue;
    const card = cardOf(columns, row);
    days.set(card, Math.min(days.get(card) ?? Infinity, dayOf(at, options)));
  }
  return days;
}

function cardOf(columns: LabelledColumns, row: number): string | number {
  return defined(columns.cardIds[row], 'card');
}

function dayOf(atMs: number, options: TimeSplitOptions): number {
  return Math.floor((atMs - options.trainStartMs) / DAY_MS);
}

function checkInput(columns: LabelledColumns, options: TimeSplitOptions): void {
  const { occurredAtMs, cardIds, labels } = columns;
  if (occurredAtMs.length !== labels.length || cardIds.length !== labels.length) {
    throw invalidInput(`columns differ in length: ${occurredAtMs.length}, ${cardIds.length}, ${labels.length}`);
  }
  for (const field of ['trainDays', 'delayDays', 'testDays'] as const) {
    const isValid = Number.isInteger(options[field]) && options[field] >= (field === 'delayDays' ? 0 : 1);
    if (!isValid) throw invalidInput(`${field} must be a positive whole number, not ${options[field]}`, { field });
  }
}
