import { z } from 'zod';
import { int64, keyValues, requiredText, responseNumber, tags, text, textList, VIEW_TYPES } from './fields.js';

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

/** An experiment in a response. */
export const experimentSchema = z.object({
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.string(),
  lifecycle_stage: z.string(),
  creation_time: responseNumber,
  last_update_time: responseNumber,
  tags: keyValues,
});

/** An experiment as a server sends it. */
export type ExperimentMessage = z.input<typeof experimentSchema>;
