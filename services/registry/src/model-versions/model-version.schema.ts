import { z } from 'zod';
import { flag, int64, requiredText, tags, text, textList } from '../http/message.js';
import type { ModelVersion } from './model-version.js';

/** A version number, as text or as number. */
const version = z.union([
  z.int().nonnegative().refine(isInt4),
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .refine(isInt4),
]);

function isInt4(value: number): boolean {
  return value <= 2_147_483_647;
}

export const createModelVersion = z.object({
  name: requiredText,
  source: requiredText,
  run_id: text.optional(),
  model_id: text.optional(),
  run_link: text.default(''),
  description: text.default(''),
  tags,
});
export const versionRef = z.object({ name: requiredText, version });
export const describeVersion = z.object({ name: requiredText, version, description: text.default('') });
export const transitionStage = z.object({
  name: requiredText,
  version,
  stage: requiredText,
  archive_existing_versions: flag.default(false),
});
export const setVersionTag = z.object({ name: requiredText, version, key: requiredText, value: text });
export const deleteVersionTag = z.object({ name: requiredText, version, key: requiredText });
export const latestVersions = z.object({ name: requiredText, stages: textList.default([]) });
export const searchVersions = z.object({
  filter: text.optional(),
  max_results: int64.default(10_000),
  order_by: textList.optional(),
  page_token: text.optional(),
});

/** The version as MLflow's message. Files lie in the store before a version names them, so it is READY at once. */
export function modelVersionMessage(version: ModelVersion): object {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.createdAtMs,
    last_updated_timestamp: version.updatedAtMs,
    user_id: version.createdBy,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    run_link: version.runLink,
    status: 'READY',
    tags: version.tags,
    aliases: version.aliases,
    model_id: version.modelId,
  };
}
