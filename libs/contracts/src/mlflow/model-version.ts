import { z } from 'zod';
import {
  description,
  entityId,
  flag,
  int64,
  keyValues,
  requiredText,
  requiredTextUpTo,
  responseNumber,
  tags,
  text,
  textList,
  textUpTo,
  wholeNumber,
} from './fields.js';

const MAX_VERSION = 2_147_483_647;

/** Stages of a model version. */
export const MODEL_STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;
export type ModelStage = (typeof MODEL_STAGES)[number];

/** The number of a version within its model. */
export const versionNumber = wholeNumber(MAX_VERSION);
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
export const versionRef = z.object({ name, version: versionNumber });
export const describeVersion = z.object({ name, version: versionNumber, description: description.default('') });
export const transitionStage = z.object({
  name,
  version: versionNumber,
  stage: requiredText,
  archive_existing_versions: flag.default(false),
  /**
   * Extension of MLflow's API: the version that must be in the stage until now, empty for none. Absent: any.
   */
  expected_current_version: text.optional(),
});
export const setVersionTag = z.object({ name, version: versionNumber, key: requiredText, value: text });
export const deleteVersionTag = z.object({ name, version: versionNumber, key: requiredText });
export const latestVersions = z.object({ name, stages: textList.default([]) });
export const searchVersions = z.object({
  filter: text.optional(),
  max_results: int64.default(10_000),
  order_by: textList.optional(),
  page_token: text.optional(),
});

/** A model version in a response. */
export const modelVersionSchema = z.object({
  name: z.string(),
  version: z.string(),
  creation_timestamp: responseNumber.default(0),
  last_updated_timestamp: responseNumber,
  user_id: z.string(),
  current_stage: z.string().default('None'),
  description: z.string(),
  source: z.string().default(''),
  run_id: z.string().default(''),
  run_link: z.string(),
  status: z.string().default('READY'),
  tags: keyValues.default([]),
  aliases: z.array(z.string()).readonly(),
  model_id: z.string().optional(),
});

/** A model version as a server sends it. */
export type ModelVersionMessage = z.input<typeof modelVersionSchema>;
