import type { Tag } from '../validation/keys.js';
import type { LifecycleStage } from '../validation/lifecycle.js';

export interface Experiment {
  /** Decimal digits; `0` is the experiment `Default`. */
  readonly experimentId: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly lifecycleStage: LifecycleStage;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
}

export const DEFAULT_EXPERIMENT_ID = '0';
