import { z } from 'zod';
import {
  double,
  entityId,
  int64,
  keyValues,
  requiredEntityId,
  requiredText,
  responseNumber,
  tag,
  tags,
  text,
  textList,
  textUpTo,
  VIEW_TYPES,
} from './fields.js';

/** As long as the tag that also holds the name. */
const MAX_RUN_NAME_LENGTH = 8_000;

/** States of a run. */
export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

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
/** The request repeats `run_id`. The handler reports absent parameters with separate messages. */
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

/** A metric in a response; `NaN` and the infinities are texts. */
export const metricSchema = z.object({
  key: z.string(),
  value: z.union([z.number(), z.string()]).transform(Number),
  timestamp: responseNumber,
  step: responseNumber,
  model_id: z.string().optional(),
  dataset_name: z.string().optional(),
  dataset_digest: z.string().optional(),
});

/** The attributes of a run in a response. `run_uuid` repeats the id for old clients. */
export const runInfoSchema = z.object({
  run_id: z.string(),
  run_uuid: z.string(),
  run_name: z.string(),
  experiment_id: z.string(),
  user_id: z.string(),
  status: z.string().default('RUNNING'),
  start_time: responseNumber,
  end_time: responseNumber.optional(),
  artifact_uri: z.string(),
  lifecycle_stage: z.string(),
});

/** A run in a response. */
export const runSchema = z.object({
  info: runInfoSchema,
  data: z.object({ metrics: z.array(metricSchema).readonly(), params: keyValues, tags: keyValues }),
  inputs: z.object({
    dataset_inputs: z
      .array(
        z.object({
          tags: keyValues,
          dataset: z.object({
            name: z.string(),
            digest: z.string(),
            source_type: z.string(),
            source: z.string(),
            schema: z.string().optional(),
            profile: z.string().optional(),
          }),
        }),
      )
      .readonly(),
    model_inputs: z.array(z.object({ model_id: z.string() })).readonly(),
  }),
  outputs: z.object({
    model_outputs: z.array(z.object({ model_id: z.string(), step: responseNumber })).readonly(),
  }),
});

/** A metric, the attributes of a run, and a run as a server sends them. */
export type MetricMessage = z.input<typeof metricSchema>;
export type RunInfoMessage = z.input<typeof runInfoSchema>;
export type RunMessage = z.input<typeof runSchema>;
