import { DAY_MS } from '@fraudflow/core';
import { chooseThreshold, dataDigest, splitByTime } from '@fraudflow/learning';
import { selectRows, type TrainingColumns, withLabelsKnownAt } from '../data/training-columns.js';
import type { Learner, LearntModel, ModelFacts } from './learner.port.js';
import { splitPlan } from '../data/split-plan.js';
import type { SplitSettings, TrainingPlan } from '../data/training-plan.js';

/** A trained model with its metadata and test rows. */
export interface LearntFrom {
  readonly model: LearntModel;
  readonly facts: ModelFacts;
  readonly test: TrainingColumns;
  readonly plan: TrainingPlan;
}

export interface LearnOptions {
  readonly settings: { readonly featureService: string; readonly split: SplitSettings };
  readonly signal: AbortSignal;
  /** Called with the progress, 0 to 1. */
  readonly onProgress: (share: number) => void;
  /** Appended to the HISTORY_TOO_SHORT message; may be empty. */
  readonly note: string;
}

/** Threshold if the history is too short to choose one. */
export const DEFAULT_THRESHOLD = 0.5;

/**
 * Trains on the plan's training days. The threshold is chosen with a separate model on days before the test days.
 * @throws AppError failed_precondition (HISTORY_TOO_SHORT, NOTHING_TO_LEARN); what the learner throws.
 */
export async function learn(
  learner: Learner,
  columns: TrainingColumns,
  plan: TrainingPlan,
  { settings, signal, onProgress, note }: LearnOptions,
): Promise<LearntFrom> {
  const { train, test, trainStartMs } = splitPlan(columns, plan, settings.split, note);
  const tuned = await tuneThreshold(
    learner,
    columns,
    { trainStartMs, plan, split: settings.split },
    { signal, onProgress: (share) => onProgress(share / 2) },
  );
  const model = await learner.learn(train, signal, (share) => onProgress(0.5 + share / 2));
  const trainingRange = { fromMs: trainStartMs, toMs: plan.trainEndMs };
  const featureService = `${settings.featureService}:${train.featureServiceVersion}`;
  const digest = dataDigest({ ...train, featureService, range: trainingRange });
  return { model, facts: { featureService, dataDigest: digest, trainingRange, threshold: tuned }, test, plan };
}

/**
 * Chooses the threshold on the days before the label delay, with a model trained on the days before them: the same
 * split as for the test, with the labels known at the time, so that the test days stay unseen.
 */
async function tuneThreshold(
  learner: Learner,
  columns: TrainingColumns,
  {
    trainStartMs,
    plan,
    split,
  }: { readonly trainStartMs: number; readonly plan: TrainingPlan; readonly split: SplitSettings },
  { signal, onProgress }: Pick<LearnOptions, 'signal' | 'onProgress'>,
): Promise<number> {
  const trainDays = plan.tuning === undefined ? 0 : (plan.tuning.trainEndMs - trainStartMs) / DAY_MS;
  if (plan.tuning === undefined || trainDays < split.testDays) return DEFAULT_THRESHOLD;
  const known = withLabelsKnownAt(columns, plan.testStartMs);
  const rows = splitByTime(known, { ...split, trainStartMs, trainDays });
  const older = withLabelsKnownAt(selectRows(columns, rows.train), plan.tuning.validationStartMs);
  const newer = selectRows(known, rows.test);
  if (!hasBothClasses(older) || !hasBothClasses(newer)) return DEFAULT_THRESHOLD;
  const model = await learner.learn(older, signal, onProgress);
  const threshold = chooseThreshold(await model.score(newer), newer.labels, { kind: 'max_f1' });
  return Math.min(Math.max(threshold, 0.01), 0.99);
}

function hasBothClasses({ labels }: TrainingColumns): boolean {
  return labels.includes(1) && labels.includes(0);
}
