import type { Tag } from '../validation/keys.js';

export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;
export type Stage = (typeof STAGES)[number];

export interface ModelVersion {
  readonly name: string;
  /** 1, 2, 3, … within the model; never given twice. */
  readonly version: number;
  readonly stage: Stage;
  readonly description: string;
  /** As the client sent it; may be `runs:/…` or `models:/…`. */
  readonly source: string;
  /** Where the files really lie; what get-download-uri answers. */
  readonly storageLocation: string;
  readonly runId: string | undefined;
  readonly runLink: string;
  /** The logged model it was made from. */
  readonly modelId: string | undefined;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
}
