import { DAY_MS, failedPrecondition } from '@fraudflow/core';
import { splitByTime } from '@fraudflow/learning';
import { selectRows, type TrainingColumns, withLabelsKnownAt } from './training-columns.js';
import type { SplitSettings, TrainingPlan } from './training-plan.js';

export interface SplitRows {
  /** With the labels known at the start of the test days, when this model would have been deployed. */
  readonly train: TrainingColumns;
  readonly test: TrainingColumns;
  /** Actual start of the training range: later than planned if the history is shorter. */
  readonly trainStartMs: number;
}

/**
 * Cuts loaded rows by the plan; cards known to be compromised leave the test days, day by day.
 * @param note appended to the HISTORY_TOO_SHORT message
 * @throws AppError failed_precondition (HISTORY_TOO_SHORT) with the number of missing days.
 */
export function splitPlan(columns: TrainingColumns, plan: TrainingPlan, settings: SplitSettings, note = ''): SplitRows {
  const firstMs = columns.occurredAtMs[0] ?? plan.asOfMs;
  // An incomplete first day is used.
  const trainStartMs = Math.max(plan.trainStartMs, Math.floor(firstMs / DAY_MS) * DAY_MS);
  const trainDays = (plan.trainEndMs - trainStartMs) / DAY_MS;
  if (trainDays < 1) {
    const needed = settings.testDays + 2 * settings.delayDays + 1;
    throw failedPrecondition(
      `history is too short: a training needs ${needed} days of transactions, ${Math.ceil(1 - trainDays)} more; ${describeExtent(columns, plan)}${note && `; ${note}`}`,
      { code: 'HISTORY_TOO_SHORT' },
    );
  }
  const split = splitByTime(columns, { ...settings, trainStartMs, trainDays });
  const train = withLabelsKnownAt(selectRows(columns, split.train), plan.testStartMs);
  const test = selectRows(columns, split.test);
  if (!train.labels.includes(1) || test.labels.length === 0) {
    throw failedPrecondition(
      `the training days ${days(trainStartMs, plan.trainEndMs)} hold no known fraud, or the test days ${days(plan.testStartMs, plan.testEndMs)} no transaction`,
      { code: 'NOTHING_TO_LEARN' },
    );
  }
  return { train, test, trainStartMs };
}

function describeExtent({ occurredAtMs, transactionIds }: TrainingColumns, plan: TrainingPlan): string {
  const now = `now is ${time(plan.asOfMs)}`;
  const [first, newest] = [occurredAtMs[0], occurredAtMs.at(-1)];
  if (first === undefined || newest === undefined) return `there are none, and ${now}`;
  return `the ${occurredAtMs.length} there are reach from ${time(first)} to ${time(newest)} (transaction ${transactionIds.at(-1)}), and ${now}`;
}

function days(fromMs: number, toMs: number): string {
  return `${time(fromMs).slice(0, 10)} to ${time(toMs - 1).slice(0, 10)}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
