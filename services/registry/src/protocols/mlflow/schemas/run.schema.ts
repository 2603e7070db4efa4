import { z } from 'zod';
import {
  double,
  entityId,
  int64,
  requiredEntityId,
  requiredText,
  tag,
  tags,
  text,
  textList,
  textUpTo,
} from '../message.js';
import { VIEW_TYPES } from '../../../validation/lifecycle.js';
import { RUN_STATUSES } from '../../../entities/run.js';

/** As long as the tag that holds the name too. */
const MAX_RUN_NAME_LENGTH = 8_000;

const RUN_STATUS_NUMBERS = ['UNSPECIFIED', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];
const runStatus = z.preprocess(
  (value) => (typeof value === 'number' ? (RUN_STATUS_NUMBERS[value] ?? value) : value),
  z.enum(RUN_STATUSES),
);

const metricFields = {
  key: requiredText,
  value: double,
  timestamp: int64,
  step: int64.default(0),
  model_id: entityId.optional(),
  dataset_name: textUpTo(500).optional(),
  dataset_digest: textUpTo(36).optional(),
};

const dataset = z.object({
  name: requiredText,
  digest: requiredText,
  source_type: requiredText,
  source: requiredText,
  schema: text.optional(),
  profile: text.optional(),
});

export const createRun = z.object({
  experiment_id: requiredText,
  user_id: textUpTo(256).default(''),
  run_name: textUpTo(MAX_RUN_NAME_LENGTH).default(''),
  start_time: int64.optional(),
  tags,
});
export const runRef = z.object({ run_id: requiredEntityId });
export const updateRun = z.object({
  run_id: requiredEntityId,
  status: runStatus.optional(),
  end_time: int64.optional(),
  run_name: textUpTo(MAX_RUN_NAME_LENGTH).optional(),
});
export const searchRuns = z.object({
  experiment_ids: textList.default([]),
  filter: text.optional(),
  run_view_type: z.enum(VIEW_TYPES).default('ACTIVE_ONLY'),
  max_results: int64.default(1_000),
  order_by: textList.optional(),
  page_token: text.optional(),
});
export const logMetric = z.object({ run_id: requiredEntityId, ...metricFields });
export const logParam = z.object({ run_id: requiredEntityId, key: requiredText, value: text.default('') });
export const deleteTag = z.object({ run_id: requiredEntityId, key: requiredText });
export const logBatch = z.object({
  run_id: requiredEntityId,
  metrics: z.array(z.object(metricFields)).default([]),
  params: z.array(tag).default([]),
  tags,
});
export const logInputs = z.object({
  run_id: requiredEntityId,
  datasets: z.array(z.object({ dataset, tags })).default([]),
  models: z.array(z.object({ model_id: requiredEntityId })).default([]),
});
export const logOutputs = z.object({
  run_id: requiredEntityId,
  models: z.array(z.object({ model_id: requiredEntityId, step: int64.default(0) })).default([]),
});
export const logModel = z.object({ run_id: requiredEntityId, model_json: requiredText });
export const metricHistory = z.object({
  run_id: requiredEntityId,
  metric_key: requiredText,
  max_results: int64.optional(),
  page_token: text.optional(),
});
/** The call repeats `run_id`; what it leaves out is refused in its own words. */
export const bulkHistory = z.object({
  run_id: textList.default([]),
  metric_key: text.optional(),
  max_results: int64.optional(),
});
export const sampledHistories = z.object({
  run_ids: textList,
  metric_key: requiredText,
  start_step: int64.optional(),
  end_step: int64.optional(),
  max_results: int64.optional(),
});
export const searchDatasets = z.object({ experiment_ids: textList.default([]) });
