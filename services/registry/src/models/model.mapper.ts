import type { ModelVersionMessage } from '@fraudflow/contracts/mlflow/model-version';
import type { RegisteredModelMessage } from '@fraudflow/contracts/mlflow/registered-model';
import type { ModelVersion } from '../entities/model-version.js';
import type { RegisteredModel } from '../entities/registered-model.js';

/** The version as MLflow's message. Its status is READY, because a version is created after its files are stored. */
export function modelVersionMessage(version: ModelVersion): ModelVersionMessage {
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

/** The registered model as MLflow's message. */
export function registeredModelMessage(model: RegisteredModel): RegisteredModelMessage {
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
