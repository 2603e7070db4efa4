import { z } from 'zod';
import { double, int64, requiredText, tag, tags, text, textList } from '../http/message.js';
import { VIEW_TYPES } from '../validation/lifecycle.js';
import { RUN_STATUSES } from './run.js';

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
  model_id: text.optional(),
  dataset_name: text.optional(),
  dataset_digest: text.optional(),
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
  user_id: text.default(''),
  run_name: text.default(''),
  start_time: int64.optional(),
  tags,
});
export const runRef = z.object({ run_id: requiredText });
export const updateRun = z.object({
  run_id: requiredText,
  status: runStatus.optional(),
  end_time: int64.optional(),
  run_name: text.optional(),
});
export const searchRuns = z.object({
  experiment_ids: textList.default([]),
  filter: text.optional(),
  run_view_type: z.enum(VIEW_TYPES).default('ACTIVE_ONLY'),
  max_results: int64.default(1_000),
  order_by: textList.optional(),
  page_token: text.optional(),
});
export const logMetric = z.object({ run_id: requiredText, ...metricFields });
export const logParam = z.object({ run_id: requiredText, key: requiredText, value: text.default('') });
export const deleteTag = z.object({ run_id: requiredText, key: requiredText });
export const logBatch = z.object({
  run_id: requiredText,
  metrics: z.array(z.object(metricFields)).default([]),
  params: z.array(tag).default([]),
  tags,
});
export const logInputs = z.object({
  run_id: requiredText,
  datasets: z.array(z.object({ dataset, tags })).default([]),
  models: z.array(z.object({ model_id: requiredText })).default([]),
});
export const logOutputs = z.object({
  run_id: requiredText,
  models: z.array(z.object({ model_id: requiredText, step: int64.default(0) })).default([]),
});
export const logModel = z.object({ run_id: requiredText, model_json: requiredText });
export const metricHistory = z.object({
  run_id: requiredText,
  metric_key: requiredText,
  max_results: int64.optional(),
  page_token: text.optional(),
});
