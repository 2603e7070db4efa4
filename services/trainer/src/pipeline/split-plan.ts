import { DAY_MS, failedPrecondition } from '@fraudflow/core';
import { splitByTime } from '@fraudflow/learning';
import { selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { SplitSettings, TrainingPlan } from './training-plan.js';

export interface SplitRows {
  readonly train: TrainingColumns;
  readonly test: TrainingColumns;
  /** Where training really starts: later than planned if history is shorter. */
  readonly trainStartMs: number;
}

/**
 * Cuts loaded rows by the plan; cards known to be compromised leave the test days, day by day.
 * @throws AppError failed_precondition (HISTORY_TOO_SHORT) that says how many days are missing.
 */
export function splitPlan(columns: TrainingColumns, plan: TrainingPlan, settings: SplitSettings): SplitRows {
  const firstMs = columns.occurredAtMs[0] ?? plan.trainEndMs;
  const firstDayMs = Math.ceil(firstMs / DAY_MS - 1e-9) * DAY_MS;
  const trainStartMs = Math.max(plan.trainStartMs, Math.min(firstDayMs, Math.floor(firstMs / DAY_MS) * DAY_MS));
  const trainDays = (plan.trainEndMs - trainStartMs) / DAY_MS;
  if (trainDays < 1) {
    const missing = Math.ceil(1 - trainDays);
    throw failedPrecondition(
      `history is too short: a training needs ${settings.testDays + 2 * settings.delayDays + 1} days of transactions, ${missing} more`,
      { code: 'HISTORY_TOO_SHORT' },
    );
  }
  const split = splitByTime(columns, { ...settings, trainStartMs, trainDays });
  const train = selectRows(columns, split.train);
  const test = selectRows(columns, split.test);
  if (!train.labels.includes(1) || test.labels.length === 0) {
    throw failedPrecondition('the training days hold no known fraud, or the test days no transaction', {
      code: 'NOTHING_TO_LEARN',
    });
  }
  return { train, test, trainStartMs };
}
