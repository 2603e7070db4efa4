import { z } from 'zod';
import { description, int64, keyValues, requiredText, responseNumber, tags, text, textList } from './fields.js';
import { modelVersionSchema, versionRef } from './model-version.js';

export const createModel = z.object({ name: requiredText, description: description.default(''), tags });
export const modelRef = z.object({ name: requiredText });
export const describeModel = z.object({ name: requiredText, description: description.default('') });
export const renameModel = z.object({ name: requiredText, new_name: requiredText });
export const setModelTag = z.object({ name: requiredText, key: requiredText, value: text.default('') });
export const deleteModelTag = z.object({ name: requiredText, key: requiredText });
export const aliasRef = z.object({ name: requiredText, alias: requiredText });
export const setAlias = versionRef.extend({ alias: requiredText });
export const searchModels = z.object({
  filter: text.optional(),
  max_results: int64.default(100),
  order_by: textList.optional(),
  page_token: text.optional(),
});

/** A registered model in a response. */
export const registeredModelSchema = z.object({
  name: z.string(),
  creation_timestamp: responseNumber,
  last_updated_timestamp: responseNumber,
  description: z.string(),
  latest_versions: z.array(modelVersionSchema).readonly(),
  tags: keyValues,
  aliases: z.array(z.object({ alias: z.string(), version: z.string() })).readonly(),
});

/** A registered model as a server sends it. */
export type RegisteredModelMessage = z.input<typeof registeredModelSchema>;
