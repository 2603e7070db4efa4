import { z } from 'zod';
import {
  entityId,
  flag,
  int64,
  keyValues,
  requiredText,
  responseNumber,
  tag,
  tags,
  text,
  textList,
  textUpTo,
} from './fields.js';
import { metricSchema } from './run.js';

/** States of a logged model. A message adds `LOGGED_MODEL_STATUS_PREFIX`. */
export const LOGGED_MODEL_STATUSES = ['PENDING', 'READY', 'UPLOAD_FAILED'] as const;
export type LoggedModelStatus = (typeof LOGGED_MODEL_STATUSES)[number];
export const LOGGED_MODEL_STATUS_PREFIX = 'LOGGED_MODEL_';

const STATUS_BY_NUMBER: Readonly<Record<number, LoggedModelStatus>> = { 1: 'PENDING', 2: 'READY', 3: 'UPLOAD_FAILED' };

/** A status by number, or by name with or without the prefix; its output has no prefix. */
const status = z.preprocess(
  (value) =>
    typeof value === 'number'
      ? STATUS_BY_NUMBER[value]
      : typeof value === 'string'
        ? value.replace(LOGGED_MODEL_STATUS_PREFIX, '')
        : value,
  z.enum(LOGGED_MODEL_STATUSES),
);

export const createLoggedModel = z.object({
  experiment_id: requiredText,
  name: textUpTo(500).default(''),
  model_type: textUpTo(500).default(''),
  source_run_id: entityId.optional(),
  params: z.array(tag).default([]),
  tags,
});
export const getLoggedModel = z.object({ allow_deleted: flag.default(false) });
export const finishLoggedModel = z.object({ status });
export const loggedModelTags = z.object({ tags });
export const loggedModelParams = z.object({ params: z.array(tag).default([]) });
export const searchLoggedModels = z.object({
  experiment_ids: textList,
  filter: text.optional(),
  datasets: z.array(z.object({ dataset_name: requiredText, dataset_digest: text.optional() })).default([]),
  max_results: int64.default(50),
  order_by: z
    .array(
      z.object({
        field_name: requiredText,
        ascending: flag.default(true),
        dataset_name: text.optional(),
        dataset_digest: text.optional(),
      }),
    )
    .default([]),
  page_token: text.optional(),
});

/** A logged model in a response. */
export const loggedModelSchema = z.object({
  info: z.object({
    model_id: z.string(),
    experiment_id: z.string(),
    name: z.string(),
    creation_timestamp_ms: responseNumber,
    last_updated_timestamp_ms: responseNumber,
    artifact_uri: z.string(),
    status: z.string(),
    model_type: z.string(),
    source_run_id: z.string().optional(),
    tags: keyValues,
    registrations: z.array(z.object({ name: z.string(), version: z.string() })).readonly(),
  }),
  data: z.object({
    params: keyValues,
    metrics: z.array(metricSchema.extend({ run_id: z.string() })).readonly(),
  }),
});

/** A logged model as a server sends it. */
export type LoggedModelMessage = z.input<typeof loggedModelSchema>;
