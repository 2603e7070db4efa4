import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import type { Tag } from '../validation/keys.js';

export interface ModelVersion {
  readonly name: string;
  /** 1, 2, 3, … within the model; no number is used twice. */
  readonly version: number;
  readonly stage: ModelStage;
  readonly description: string;
  /** As the client sent it; may be `runs:/…` or `models:/…`. */
  readonly source: string;
  /** The resolved location of the files, which get-download-uri returns. */
  readonly storageLocation: string;
  readonly runId: string | undefined;
  readonly runLink: string;
  /** The logged model from which it was created. */
  readonly modelId: string | undefined;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
}
