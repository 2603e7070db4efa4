import { z } from 'zod';
import { description, int64, requiredText, tags, text, textList } from '../message.js';
import { modelVersionMessage, versionRef } from './model-version.schema.js';
import type { RegisteredModel } from '../../../entities/registered-model.js';

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

/** The registered model as MLflow's message. */
export function registeredModelMessage(model: RegisteredModel): object {
  return {
    name: model.name,
    creation_timestamp: model.createdAtMs,
    last_updated_timestamp: model.updatedAtMs,
    description: model.description,
    latest_versions: model.latestVersions.map(modelVersionMessage),
    tags: model.tags,
    aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
  };
}
