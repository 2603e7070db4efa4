import type { ExperimentMessage } from '@fraudflow/contracts/mlflow/experiment';
import type { Experiment } from '../entities/experiment.js';

/** The experiment as MLflow's message. */
export function experimentMessage(experiment: Experiment): ExperimentMessage {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.createdAtMs,
    last_update_time: experiment.updatedAtMs,
    tags: experiment.tags,
  };
}
