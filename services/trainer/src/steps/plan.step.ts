import { failedPrecondition } from '@fraudflow/core';
import { chooseReferenceTime, describeOutliers, NEWEST_SAMPLE, type ReferenceTime } from '../data/reference-time.js';
import { planTraining, type TrainingPlan } from '../data/training-plan.js';
import type { PipelineStep, StepContext } from './step.js';
import { part } from './work.js';

/** Event-time ranges of the training. */
export const PLAN = part<TrainingPlan>('plan');

/** Chooses the reference time from the newest transactions and lays out the training up to it. */
export const planStep: PipelineStep = {
  name: 'plan',
  phase: 'preparing',
  async run(work, context) {
    const { settings, request } = context;
    const { nowMs, outliers } = await referenceTime(context);
    work.addNote(describeOutliers(outliers));
    work.set(PLAN, planTraining(Math.min(request.dataUntilMs ?? nowMs, nowMs), settings.split));
  },
};

/** @throws AppError failed_precondition (NO_HISTORY) */
async function referenceTime({ ports, withRetries }: StepContext): Promise<ReferenceTime> {
  const [first, ...others] = await withRetries(() => ports.data.newestEvents(NEWEST_SAMPLE));
  if (first === undefined) {
    throw failedPrecondition('the offline store holds no transaction yet: send some to the topic transactions first', {
      code: 'NO_HISTORY',
    });
  }
  return chooseReferenceTime([first, ...others]);
}
