import { DAY_MS, failedPrecondition } from '@fraudflow/core';
import type { Fold } from '@fraudflow/learning';
import type { History } from '../history/history.js';
import { dayText } from '../options/option-values.js';

/**
 * Checks that the file has rows on the days that the folds need.
 * @throws AppError failed_precondition naming the days of the file, the days needed and the next step
 */
export function checkHistory(history: History, folds: readonly Fold[], file: string): void {
  const { read } = history;
  const neededFromMs = Math.min(...folds.map(({ train }) => train.fromMs));
  const neededToMs = Math.max(...folds.map(({ test }) => test.toMs));
  const needed = days(neededFromMs, neededToMs);
  if (read.count === 0) {
    throw failedPrecondition(`${file} has no row before ${dayText(neededToMs)}; the folds need ${needed}`);
  }
  const lastDayMs = midnight(read.newestMs);
  if (midnight(read.oldestMs) > neededFromMs || lastDayMs + DAY_MS < neededToMs) {
    throw failedPrecondition(
      `the history is shorter than the folds: ${file} has ${days(read.oldestMs, read.newestMs + 1)}, ` +
        `the folds need ${needed}: move the training start, or choose fewer folds or shorter ranges`,
      { code: 'HISTORY_TOO_SHORT' },
    );
  }
  checkTestDays(history, folds, file);
}

function checkTestDays({ occurredAtMs }: History, folds: readonly Fold[], file: string): void {
  const present = new Set(occurredAtMs.map(midnight));
  for (const { index, test } of folds) {
    for (let dayMs = test.fromMs; dayMs < test.toMs; dayMs += DAY_MS) {
      if (present.has(dayMs)) continue;
      throw failedPrecondition(
        `test day ${dayText(dayMs)} of fold ${index + 1} has no rows in ${file}: move the training start past the gap, ` +
          'or complete the file',
      );
    }
  }
}

function midnight(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

/** The days of [fromMs, toMs), first and last. */
function days(fromMs: number, toMs: number): string {
  return `${dayText(fromMs)} to ${dayText(toMs - 1)}`;
}
