import { z } from 'zod';
import { int64, requiredText, tags, text, textList } from '../message.js';
import { VIEW_TYPES } from '../../../validation/lifecycle.js';
import type { Experiment } from '../../../entities/experiment.js';

export const createExperiment = z.object({ name: requiredText, artifact_location: text.optional(), tags });
export const experimentRef = z.object({ experiment_id: requiredText });
export const experimentByName = z.object({ experiment_name: requiredText });
export const updateExperiment = z.object({ experiment_id: requiredText, new_name: requiredText });
export const experimentTag = z.object({ experiment_id: requiredText, key: requiredText, value: text.default('') });
export const experimentTagRef = z.object({ experiment_id: requiredText, key: requiredText });
export const searchExperiments = z.object({
  max_results: int64,
  filter: text.optional(),
  order_by: textList.optional(),
  page_token: text.optional(),
  view_type: z.enum(VIEW_TYPES).default('ACTIVE_ONLY'),
});

/** The experiment as MLflow's message. */
export function experimentMessage(experiment: Experiment): object {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.createdAtMs,
    last_update_time: experiment.updatedAtMs,
    tags: experiment.tags,
  };
}
