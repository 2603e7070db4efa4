import { DAY_MS, defined, failedPrecondition, invalidInput } from '@fraudflow/core';
import type { Fold } from './plan-folds.js';
import type { EventColumns } from './rows-of-fold.js';

/** A newest row that is this many days after all others is named as a single one. */
const LONE_DAYS = 2;

/**
 * Checks the columns and that they cover a fold: rows before the end of its first training day, and on every test day.
 * Without the second check, one transaction with a wrong clock would make a fold without data look complete.
 * @throws AppError invalid_input for columns of unequal length, or a time or label out of range (with the row);
 * failed_precondition (HISTORY_TOO_SHORT) naming the days needed and present.
 */
export function checkFold(columns: EventColumns, fold: Fold): void {
  checkValues(columns);
  const { occurredAtMs } = columns;
  const needed = `fold ${fold.index + 1} needs ${days(fold.train.fromMs, fold.test.toMs)}`;
  if (occurredAtMs.length === 0) throw tooShort(`there are no transactions: ${needed}`);
  const extent = extentOf(occurredAtMs);
  const present = describe(extent);
  if (extent.oldestMs >= fold.train.fromMs + DAY_MS) {
    throw tooShort(`the history is shorter than a fold: ${needed}, ${present}; choose a later start of training`);
  }
  const [missing, ...more] = daysWithoutRows(occurredAtMs, fold);
  if (missing === undefined) return;
  const others = more.length === 0 ? '' : ` and ${more.length} more of the test range`;
  throw tooShort(
    `test day ${day(missing)}${others} has no transaction: ${needed}, ${present}; choose an earlier start of training ` +
      'or fewer folds, or complete the history',
  );
}

function checkValues({ occurredAtMs, cardIds, labels, labelledAtMs }: EventColumns): void {
  const lengths = [occurredAtMs, cardIds, labels, labelledAtMs].map(({ length }) => length);
  if (new Set(lengths).size > 1) throw invalidInput(`columns differ in length: ${lengths.join(', ')}`);
  for (let row = 0; row < labels.length; row++) {
    const [at, label, labelledAt] = [occurredAtMs[row], labels[row], labelledAtMs[row]];
    if (!Number.isFinite(at)) throw wrong('occurredAtMs', row, at, 'a time in ms');
    if (label !== 0 && label !== 1) throw wrong('labels', row, label, '0 or 1');
    if (!Number.isFinite(labelledAt))
      throw wrong('labelledAtMs', row, labelledAt, 'a time in ms, or 0 without a label');
  }
}

interface Extent {
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Row of `newestMs`. */
  readonly newestRow: number;
  /** Time of the row before the newest one; that of the newest if it is the only row. */
  readonly beforeMs: number;
}

function extentOf(occurredAtMs: ArrayLike<number>): Extent {
  let [oldestMs, newestMs, beforeMs, newestRow] = [Infinity, -Infinity, -Infinity, 0];
  for (let row = 0; row < occurredAtMs.length; row++) {
    const at = defined(occurredAtMs[row], 'event time');
    oldestMs = Math.min(oldestMs, at);
    if (at > newestMs) [beforeMs, newestMs, newestRow] = [newestMs, at, row];
    else beforeMs = Math.max(beforeMs, at);
  }
  return { oldestMs, newestMs, newestRow, beforeMs: Math.max(beforeMs, oldestMs) };
}

function describe({ oldestMs, newestMs, newestRow, beforeMs }: Extent): string {
  const gapDays = Math.floor((newestMs - beforeMs) / DAY_MS);
  if (gapDays < LONE_DAYS) return `the transactions have ${day(oldestMs)} to ${day(newestMs)}`;
  return (
    `the transactions have ${day(oldestMs)} to ${day(beforeMs)}, and a single one (row ${newestRow}, from 0) of ` +
    `${day(newestMs)}, ${gapDays} days after all others`
  );
}

/** Starts of the test days without rows. */
function daysWithoutRows(occurredAtMs: ArrayLike<number>, { test }: Fold): readonly number[] {
  const present = new Set<number>();
  for (let row = 0; row < occurredAtMs.length; row++) {
    const at = defined(occurredAtMs[row], 'event time');
    if (at >= test.fromMs && at < test.toMs) present.add(Math.floor((at - test.fromMs) / DAY_MS));
  }
  return Array.from({ length: (test.toMs - test.fromMs) / DAY_MS }, (_, n) => n)
    .filter((n) => !present.has(n))
    .map((n) => test.fromMs + n * DAY_MS);
}

/** The days of [fromMs, toMs), first and last. */
function days(fromMs: number, toMs: number): string {
  return `${day(fromMs)} to ${day(toMs - 1)}`;
}

/** YYYY-MM-DD; the number for a time that no date can express. */
function day(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().slice(0, 10) : `${ms} ms`;
}

function tooShort(message: string): Error {
  return failedPrecondition(message, { code: 'HISTORY_TOO_SHORT' });
}

function wrong(field: string, row: number, value: unknown, expected: string): Error {
  return invalidInput(`${field} of row ${row} is ${String(value)}, not ${expected}`, { field });
}
