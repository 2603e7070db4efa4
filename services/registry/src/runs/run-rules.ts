import { invalidInput } from '@fraudflow/core';
import { checkKey, invalidParameter, missingParameter, type Tag } from '../validation/keys.js';
import type { DatasetInput, Metric } from '../entities/run.js';

const MAX_PARAM_VALUE_LENGTH = 6_000;
const MAX_TAG_VALUE_LENGTH = 8_000;
/** Key and data set name of a model's metric are in one index row of at most 2,704 bytes. */
const MAX_MODEL_METRIC_BYTES = 2_000;
const BATCH_LIMITS = { metrics: 1_000, params: 100, tags: 100, total: 1_000 } as const;

export interface LogBatch {
  readonly metrics: readonly Metric[];
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
}

/** @returns the tag with its value truncated to the stored length. @throws AppError invalid_input for a bad key */
export function acceptRunTag(tag: Tag, path = 'key'): Tag {
  checkKey(tag.key, path);
  return { key: tag.key, value: tag.value.slice(0, MAX_TAG_VALUE_LENGTH) };
}

/** @returns the param with its value truncated to the stored length. @throws AppError invalid_input for a bad key */
export function acceptParam(param: Tag, path = 'key'): Tag {
  checkKey(param.key, path);
  return { key: param.key, value: param.value.slice(0, MAX_PARAM_VALUE_LENGTH) };
}

/** @returns the metric with infinities clamped. @throws AppError invalid_input for a bad key or a negative time */
export function acceptMetric(metric: Metric, prefix = ''): Metric {
  checkKey(metric.key, `${prefix}key`);
  if (metric.timestampMs < 0) {
    throw invalidParameter(`${prefix}timestamp`, metric.timestampMs, 'metric timestamps must be nonnegative');
  }
  const { modelId, datasetName = '' } = metric;
  const indexedBytes = Buffer.byteLength(metric.key) + Buffer.byteLength(datasetName);
  if (modelId !== undefined && indexedBytes > MAX_MODEL_METRIC_BYTES) {
    const why = `with the key it exceeds the maximum length of ${MAX_MODEL_METRIC_BYTES} bytes for a metric of a model`;
    throw invalidParameter(`${prefix}dataset_name`, datasetName, why);
  }
  return { ...metric, value: clamp(metric.value) };
}

/**
 * @returns the batch with each item accepted
 * @throws AppError invalid_input if it is too large, repeats a param, or has an invalid item
 */
export function acceptBatch({ metrics, params, tags }: LogBatch): LogBatch {
  checkCount('metrics', metrics.length);
  checkCount('params', params.length);
  checkCount('tags', tags.length);
  const total = metrics.length + params.length + tags.length;
  if (total > BATCH_LIMITS.total) {
    throw invalidInput(
      `A batch logging request can contain at most ${BATCH_LIMITS.total} metrics, params, and tags in total. ` +
        `Got ${total}. Please split up requests across multiple requests and try again.`,
    );
  }
  refuseRepeatedParams(params);
  return {
    metrics: metrics.map((metric, index) => acceptMetric(metric, `metrics[${index}].`)),
    params: params.map((param, index) => acceptParam(param, `params[${index}].key`)),
    tags: tags.map((tag, index) => acceptRunTag(tag, `tags[${index}].key`)),
  };
}

const DATASET_LIMITS = {
  name: 500,
  digest: 36,
  sourceType: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
} as const;

/** @throws AppError invalid_input for a field of a data set input that is too long or missing */
export function checkDatasetInput({ dataset, tags }: DatasetInput, path: string): void {
  for (const [field, limit] of Object.entries(DATASET_LIMITS) as [keyof typeof DATASET_LIMITS, number][]) {
    const value = dataset[field];
    if (value === '' && field !== 'schema' && field !== 'profile') throw missingParameter(`${path}.dataset.${field}`);
    if (value !== undefined && value.length > limit) {
      throw invalidParameter(`${path}.dataset.${field}`, value, `it exceeds the maximum length of ${limit} characters`);
    }
  }
  for (const { key, value } of tags) {
    if (key.length > 255) throw invalidParameter(`${path}.tags.key`, key, 'it exceeds 255 characters');
    if (value.length > 500) throw invalidParameter(`${path}.tags.value`, value, 'it exceeds 500 characters');
  }
}

function checkCount(what: 'metrics' | 'params' | 'tags', count: number): void {
  const limit = BATCH_LIMITS[what];
  if (count <= limit) return;
  throw invalidInput(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. ` +
      `Please split up ${what} across multiple requests and try again.`,
  );
}

function refuseRepeatedParams(params: readonly Tag[]): void {
  const seen = new Set<string>();
  const repeated = params.map(({ key }) => key).filter((key) => seen.has(key) || !seen.add(key));
  if (repeated.length > 0) {
    throw invalidInput(
      `Duplicate parameter keys have been submitted: ${JSON.stringify(repeated)}. Please ensure the request contains only one param value per param key.`,
    );
  }
}

function clamp(value: number): number {
  if (value === Infinity) return Number.MAX_VALUE;
  return value === -Infinity ? -Number.MAX_VALUE : value;
}
