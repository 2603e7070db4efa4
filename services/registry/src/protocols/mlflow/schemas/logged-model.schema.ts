import { z } from 'zod';
import { entityId, flag, int64, requiredText, tag, tags, text, textList, textUpTo } from '../message.js';
import { wireDouble } from '../wire-number.js';
import {
  LOGGED_MODEL_STATUSES,
  type LoggedModel,
  type LoggedModelMetric,
  type LoggedModelStatus,
} from '../../../entities/logged-model.js';

const PREFIX = 'LOGGED_MODEL_';
const STATUS_BY_NUMBER: Readonly<Record<number, LoggedModelStatus>> = { 1: 'PENDING', 2: 'READY', 3: 'UPLOAD_FAILED' };

/** A status by name, with or without prefix, or by number; named without prefix inside. */
const status = z.preprocess(
  (value) =>
    typeof value === 'number' ? STATUS_BY_NUMBER[value] : typeof value === 'string' ? value.replace(PREFIX, '') : value,
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

export function loggedModelMessage(model: LoggedModel): object {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAtMs,
      last_updated_timestamp_ms: model.updatedAtMs,
      artifact_uri: model.artifactUri,
      status: `${PREFIX}${model.status}`,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: model.tags,
      registrations: model.registrations.map(({ name, version }) => ({ name, version: String(version) })),
    },
    data: { params: model.params, metrics: model.metrics.map(metricMessage) },
  };
}

function metricMessage(metric: LoggedModelMetric): object {
  return {
    key: metric.key,
    value: wireDouble(metric.value),
    timestamp: metric.timestampMs,
    step: metric.step,
    model_id: metric.modelId,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
    run_id: metric.runId,
  };
}
