import { wireDouble } from '@fraudflow/contracts/mlflow/fields';
import type { logBatch, logInputs, MetricMessage, RunInfoMessage, RunMessage } from '@fraudflow/contracts/mlflow/run';
import type { z } from 'zod';
import type { DatasetInput, Metric, Run, RunInfo } from '../../../entities/run.js';

type LoggedMetric = z.output<typeof logBatch>['metrics'][number];
type LoggedDataset = z.output<typeof logInputs>['datasets'][number];

export function toMetric(message: LoggedMetric): Metric {
  return {
    key: message.key,
    value: message.value,
    timestampMs: message.timestamp,
    step: message.step,
    modelId: message.model_id || undefined,
    datasetName: message.dataset_name || undefined,
    datasetDigest: message.dataset_digest || undefined,
  };
}

export function toDatasetInput({ dataset, tags }: LoggedDataset): DatasetInput {
  const { name, digest, source_type: sourceType, source, schema, profile } = dataset;
  return { dataset: { name, digest, sourceType, source, schema, profile }, tags };
}

export function metricMessage(metric: Metric): MetricMessage {
  return {
    key: metric.key,
    value: wireDouble(metric.value),
    timestamp: metric.timestampMs,
    step: metric.step,
    model_id: metric.modelId,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
  };
}

/** The attributes of a run. `run_uuid` repeats the id for old clients. */
export function runInfoMessage(info: RunInfo): RunInfoMessage {
  return {
    run_id: info.runId,
    run_uuid: info.runId,
    run_name: info.runName,
    experiment_id: info.experimentId,
    user_id: info.userId,
    status: info.status,
    start_time: info.startedAtMs,
    end_time: info.endedAtMs,
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycleStage,
  };
}

export function runMessage(run: Run): RunMessage {
  return {
    info: runInfoMessage(run.info),
    data: { metrics: run.metrics.map(metricMessage), params: run.params, tags: run.tags },
    inputs: {
      dataset_inputs: run.datasetInputs.map(datasetInputMessage),
      model_inputs: run.modelInputs.map((modelId) => ({ model_id: modelId })),
    },
    outputs: { model_outputs: run.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step })) },
  };
}

function datasetInputMessage({ dataset, tags }: DatasetInput): RunMessage['inputs']['dataset_inputs'][number] {
  const { sourceType, ...rest } = dataset;
  return { tags, dataset: { ...rest, source_type: sourceType } };
}
