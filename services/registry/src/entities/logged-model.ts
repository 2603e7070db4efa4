import type { Metric } from './run.js';
import type { Tag } from '../validation/keys.js';

export const LOGGED_MODEL_STATUSES = ['PENDING', 'READY', 'UPLOAD_FAILED'] as const;
export type LoggedModelStatus = (typeof LOGGED_MODEL_STATUSES)[number];

export interface LoggedModelMetric extends Metric {
  readonly runId: string;
}

export interface Registration {
  readonly name: string;
  readonly version: number;
}

/** A model as MLflow 3 stores it: files of its own, beside the run that made it. */
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
  /** The latest per key and data set. */
  readonly metrics: readonly LoggedModelMetric[];
  /** Versions of registered models made from it. */
  readonly registrations: readonly Registration[];
}
