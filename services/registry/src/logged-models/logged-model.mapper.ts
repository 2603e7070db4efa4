import { wireDouble } from '@fraudflow/contracts/mlflow/fields';
import { LOGGED_MODEL_STATUS_PREFIX, type LoggedModelMessage } from '@fraudflow/contracts/mlflow/logged-model';
import type { LoggedModel, LoggedModelMetric } from '../entities/logged-model.js';

/** The logged model as MLflow's message. */
export function loggedModelMessage(model: LoggedModel): LoggedModelMessage {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAtMs,
      last_updated_timestamp_ms: model.updatedAtMs,
      artifact_uri: model.artifactUri,
      status: `${LOGGED_MODEL_STATUS_PREFIX}${model.status}`,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      tags: model.tags,
      registrations: model.registrations.map(({ name, version }) => ({ name, version: String(version) })),
    },
    data: { params: model.params, metrics: model.metrics.map(metricMessage) },
  };
}

function metricMessage(metric: LoggedModelMetric): LoggedModelMessage['data']['metrics'][number] {
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
