import { chooseThreshold, dataDigest } from '@fraudflow/learning';
import { rowsBetween, selectRows, type TrainingColumns } from '../data/training-columns.js';
import type { Learner, LearntModel, ModelFacts } from './learner.port.js';
import { splitPlan } from './split-plan.js';
import type { SplitSettings, TrainingPlan } from './training-plan.js';

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
  const tuned = await tuneThreshold(learner, columns, plan, { signal, onProgress: (share) => onProgress(share / 2) });
  const model = await learner.learn(train, signal, (share) => onProgress(0.5 + share / 2));
  const trainingRange = { fromMs: trainStartMs, toMs: plan.trainEndMs };
  const featureService = `${settings.featureService}:${train.featureServiceVersion}`;
  const digest = dataDigest({ ...train, featureService, range: trainingRange });
  return { model, facts: { featureService, dataDigest: digest, trainingRange, threshold: tuned }, test, plan };
}

/** With a model trained on the older part, on later days that are not test days. */
async function tuneThreshold(
  learner: Learner,
  columns: TrainingColumns,
  plan: TrainingPlan,
  { signal, onProgress }: Pick<LearnOptions, 'signal' | 'onProgress'>,
): Promise<number> {
  if (plan.tuning === undefined) return DEFAULT_THRESHOLD;
  const older = selectRows(columns, rowsBetween(columns, plan.trainStartMs, plan.tuning.trainEndMs));
  const newer = selectRows(columns, rowsBetween(columns, plan.tuning.validationStartMs, plan.trainEndMs));
  if (!hasBothClasses(older) || !hasBothClasses(newer)) return DEFAULT_THRESHOLD;
  const model = await learner.learn(older, signal, onProgress);
  const threshold = chooseThreshold(await model.score(newer), newer.labels, { kind: 'max_f1' });
  return Math.min(Math.max(threshold, 0.01), 0.99);
}

function hasBothClasses({ labels }: TrainingColumns): boolean {
  return labels.includes(1) && labels.includes(0);
}
