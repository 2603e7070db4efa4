import { z } from 'zod';
import {
  description,
  entityId,
  flag,
  int64,
  requiredText,
  requiredTextUpTo,
  tags,
  text,
  textList,
  textUpTo,
  wholeNumber,
} from '../message.js';
import type { ModelVersion } from '../../../entities/model-version.js';

const version = wholeNumber(2_147_483_647);
const name = requiredTextUpTo(1_000);

export const createModelVersion = z.object({
  name,
  source: requiredTextUpTo(4_000),
  run_id: entityId.optional(),
  model_id: entityId.optional(),
  run_link: textUpTo(4_000).default(''),
  description: description.default(''),
  tags,
});
export const versionRef = z.object({ name, version });
export const describeVersion = z.object({ name, version, description: description.default('') });
export const transitionStage = z.object({
  name,
  version,
  stage: requiredText,
  archive_existing_versions: flag.default(false),
  // Extension of MLflow's API: see StageTransition.expectedVersion.
  expected_current_version: text.optional(),
});
export const setVersionTag = z.object({ name, version, key: requiredText, value: text });
export const deleteVersionTag = z.object({ name, version, key: requiredText });
export const latestVersions = z.object({ name, stages: textList.default([]) });
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
