import type { LoggedModelStatus } from '@fraudflow/contracts/mlflow/logged-model';
import type { Metric } from './run.js';
import type { Tag } from '../validation/keys.js';

export interface LoggedModelMetric extends Metric {
  readonly runId: string;
}

export interface Registration {
  readonly name: string;
  readonly version: number;
}

/** A model as MLflow 3 stores it: with separate files, in addition to the run that created it. */
export interface LoggedModel {
  /** `m-` and 32 hexadecimal digits. */
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly artifactUri: string;
  readonly status: LoggedModelStatus;
  readonly modelType: string;
  readonly sourceRunId: string | undefined;
  readonly isDeleted: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
  readonly params: readonly Tag[];
  /** The latest metric per key and data set. */
  readonly metrics: readonly LoggedModelMetric[];
  /** Versions of registered models that were created from it. */
  readonly registrations: readonly Registration[];
}
